import { STRUCT_SIZE, type ElfSource } from './source.ts'
import { SHN_UNDEF, STB_LOCAL, STT_FUNC, STT_GNU_IFUNC } from './constants.ts'
import type { ElfSection } from './elf_file.ts'
import { StringTable } from './strings.ts'
import { stringTableOf } from './symbols.ts'
import { countEntries } from './tables.ts'
import type { SymbolVersion, VersionOf } from './versions.ts'

/** A function that a symbol table defines. */
export interface FunctionSymbol {
  /** As the table has it. In `.symtab` of a library a version may be part of it: `f@@V1`. */
  readonly name: string
  /** `st_value`. */
  readonly address: bigint
  /** Bytes; 0 where nobody knows. */
  readonly size: bigint
  /** STB_LOCAL 0, GLOBAL 1, WEAK 2. */
  readonly binding: number
  readonly version: SymbolVersion | undefined
}

/** Where the fields of Elf32_Sym and Elf64_Sym are. */
const FIELDS = {
  32: { value: 4, size: 8, info: 12, section: 14 },
  64: { info: 4, section: 6, value: 8, size: 16 },
} as const

/** A table's functions by address. */
interface SortedFunctions {
  readonly starts: Float64Array
  /** Where each is in the table. */
  readonly entries: Uint32Array
}

/** What may follow the name that is looked for: its end, or a version. */
const ENDS = [0, '@'.charCodeAt(0)]

/**
 * The functions that one symbol table defines. A program may have hundreds of thousands of symbols of which one is wanted, so
 * nothing is decoded before it is asked for, and looking for a name compares bytes.
 *
 * Symbols of type STT_GNU_IFUNC are no functions: theirs is the address of what chooses the function when the program starts.
 */
export class FunctionSymbols {
  readonly #source: ElfSource
  readonly #view: DataView
  readonly #fields: (typeof FIELDS)[32 | 64]
  readonly #entrySize: number
  readonly #count: number
  readonly #nameBytes: Uint8Array
  readonly #strings: StringTable
  readonly #versionOf: VersionOf
  #sorted: SortedFunctions | undefined

  /** @throws ElfError ELF_BAD_SIZE, ELF_BAD_LINK */
  constructor(
    source: ElfSource,
    sections: readonly ElfSection[],
    table: ElfSection,
    versionOf: VersionOf = () => undefined,
  ) {
    const strings = stringTableOf(source, sections, table)
    this.#source = source
    this.#view = new DataView(table.data.buffer, table.data.byteOffset, table.data.byteLength)
    this.#fields = FIELDS[source.class]
    this.#entrySize = STRUCT_SIZE[source.class].sym
    this.#count = countEntries(source, table, this.#entrySize)
    this.#nameBytes = strings.data
    this.#strings = new StringTable(source, strings)
    this.#versionOf = versionOf
  }

  /** Those called `name`, and those called `name@...`, in the table's order. */
  named(name: string): readonly FunctionSymbol[] {
    const wanted = new TextEncoder().encode(name)
    const found: FunctionSymbol[] = []
    this.#each(STT_FUNC, (index, start) => {
      if (this.#nameStartsWith(start, wanted)) found.push(this.#read(index, start))
    })
    return found
  }

  /** Those whose names are wanted, in the table's order. */
  filter(isWanted: (name: string) => boolean): readonly FunctionSymbol[] {
    const found: FunctionSymbol[] = []
    this.#each(STT_FUNC, (index, start) => {
      if (isWanted(this.#nameOf(index, start))) found.push(this.#read(index, start))
    })
    return found
  }

  /**
   * The function whose code is at `address`: the one that starts nearest before it, if it is long enough or its size is not known.
   * Of several that start there, the first in the table that is not local. The first call sorts the table.
   */
  covering(address: bigint): FunctionSymbol | undefined {
    this.#sorted ??= this.#sort()
    const { starts, entries } = this.#sorted
    const wanted = Number(address)
    let found: FunctionSymbol | undefined
    const nearest = lastNotAbove(starts, wanted)
    for (let at = nearest; at >= 0 && starts[at] === starts[nearest]; at--) {
      const index = entries[at] ?? 0
      const symbol = this.#read(index, index * this.#entrySize)
      if (symbol.size !== 0n && address >= symbol.address + symbol.size) continue
      // Backwards, so the last one that is taken is the first in the table.
      if (found === undefined || symbol.binding !== STB_LOCAL || found.binding === STB_LOCAL) found = symbol
    }
    return found
  }

  /** The names of all functions, in the table's order. */
  names(): readonly string[] {
    const names: string[] = []
    this.#each(STT_FUNC, (index, start) => names.push(this.#nameOf(index, start)))
    return names
  }

  /** Whether there is an STT_GNU_IFUNC of that name. */
  hasIndirect(name: string): boolean {
    const wanted = new TextEncoder().encode(name)
    let found = false
    this.#each(STT_GNU_IFUNC, (_, start) => {
      found ||= this.#nameStartsWith(start, wanted)
    })
    return found
  }

  /** Addresses are below 2^53 in every file that is mapped anywhere; others are left out. */
  #sort(): SortedFunctions {
    const { value } = this.#fields
    const indices: number[] = []
    const addresses = new Float64Array(this.#count)
    this.#each(STT_FUNC, (index, start) => {
      const address = Number(this.#word(start + value))
      if (!Number.isSafeInteger(address)) return
      addresses[index] = address
      indices.push(index)
    })
    const entries = Uint32Array.from(indices).sort(
      (one, other) => (addresses[one] ?? 0) - (addresses[other] ?? 0) || one - other,
    )
    return { entries, starts: Float64Array.from(entries, (index) => addresses[index] ?? 0) }
  }

  #each(type: number, visit: (index: number, start: number) => void): void {
    const { info, section } = this.#fields
    for (let index = 0; index < this.#count; index++) {
      const start = index * this.#entrySize
      if ((this.#view.getUint8(start + info) & 0xf) !== type) continue
      if (this.#u16(start + section) !== SHN_UNDEF) visit(index, start)
    }
  }

  #nameStartsWith(start: number, wanted: Uint8Array): boolean {
    const at = this.#u32(start)
    const bytes = this.#nameBytes
    const end = bytes[at + wanted.length]
    if (end === undefined || !ENDS.includes(end)) return false
    for (let index = 0; index < wanted.length; index++) {
      if (bytes[at + index] !== wanted[index]) return false
    }
    return true
  }

  #nameOf(index: number, start: number): string {
    return this.#strings.nameAt(this.#u32(start), `symbol ${index}`)
  }

  #read(index: number, start: number): FunctionSymbol {
    const { value, size, info } = this.#fields
    return {
      name: this.#nameOf(index, start),
      address: this.#word(start + value),
      size: this.#word(start + size),
      binding: this.#view.getUint8(start + info) >> 4,
      version: this.#versionOf(index),
    }
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#source.endianness === 'little')
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#source.endianness === 'little')
  }

  #word(at: number): bigint {
    if (this.#source.class === 32) return BigInt(this.#u32(at))
    return this.#view.getBigUint64(at, this.#source.endianness === 'little')
  }
}

/** The index of the last of `sorted` that is not above `wanted`, -1 where all are. */
function lastNotAbove(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) <= wanted) low = middle + 1
    else high = middle
  }
  return low - 1
}

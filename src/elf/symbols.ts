import type { Reader } from '../base/reader.ts'
import { sectionIndex, symbolIndex, type SymbolIndex } from '../base/units.ts'
import {
  SHN_ABS,
  SHN_COMMON,
  SHN_LORESERVE,
  SHN_UNDEF,
  SHN_XINDEX,
  SHT_STRTAB,
  SHT_SYMTAB,
  SHT_SYMTAB_SHNDX,
} from './constants.ts'
import type { ElfSection, ElfSymbol, SymbolPlace } from './elf_file.ts'
import { readerOf, readWord, reject, STRUCT_SIZE, type ElfSource } from './source.ts'
import { StringTable } from './strings.ts'
import { countEntries } from './tables.ts'

/**
 * Reads the symbols of the one SHT_SYMTAB section (gabi 4.3, "Symbol Table"). A file without one has no
 * symbols.
 *
 * @throws ElfError ELF_DUPLICATE_TABLE, ELF_BAD_SIZE, ELF_BAD_LINK, ELF_BAD_INDEX, ELF_BAD_STRING,
 * ELF_TOO_LARGE
 */
export function parseSymbols(source: ElfSource, sections: readonly ElfSection[]): readonly ElfSymbol[] {
  const [section, second] = sections.filter((candidate) => candidate.type === SHT_SYMTAB)
  if (section === undefined) return []
  if (second !== undefined) {
    const found = `sections ${section.index} and ${second.index} are both SHT_SYMTAB, and only one is allowed`
    reject(source, 'ELF_DUPLICATE_TABLE', found, { section: second.name, offset: second.offset })
  }
  const table = new SymbolTable(source, sections, section)
  const count = countEntries(source, section, STRUCT_SIZE[source.class].sym)
  return Array.from({ length: count }, (_, index) => table.read(symbolIndex(index)))
}

/** A symbol as its 16 or 24 bytes spell it. */
interface RawSymbol {
  readonly name: number
  readonly info: number
  readonly other: number
  readonly shndx: number
  readonly value: bigint
  readonly size: bigint
}

class SymbolTable {
  readonly #source: ElfSource
  readonly #section: ElfSection
  readonly #sectionCount: number
  readonly #reader: Reader
  readonly #strings: StringTable
  readonly #extendedIndices: Reader | undefined

  constructor(source: ElfSource, sections: readonly ElfSection[], section: ElfSection) {
    this.#source = source
    this.#section = section
    this.#sectionCount = sections.length
    this.#reader = sectionReader(source, section, 'the symbol table')
    this.#strings = new StringTable(source, stringTableOf(source, sections, section))
    const extended = sections.find(({ type, link }) => type === SHT_SYMTAB_SHNDX && link === section.index)
    this.#extendedIndices = extended && sectionReader(source, extended, 'the extended section indices')
  }

  /** Symbols are read in order, each once. */
  read(index: SymbolIndex): ElfSymbol {
    const start = this.#reader.position
    const raw = this.#source.class === 64 ? this.#read64() : this.#read32()
    const size = Number(raw.size)
    if (!Number.isSafeInteger(size)) {
      this.#reject('ELF_TOO_LARGE', start, `symbol ${index} has ${raw.size.toString()} bytes: more than 2^53`)
    }
    return {
      index,
      name: this.#strings.nameAt(raw.name, `symbol ${index}`),
      value: raw.value,
      size,
      type: raw.info & 0xf,
      binding: raw.info >> 4,
      visibility: raw.other & 0x3,
      definedIn: this.#place(raw.shndx, index, start),
    }
  }

  #read64(): RawSymbol {
    const reader = this.#reader
    const name = reader.u32()
    const info = reader.u8()
    const other = reader.u8()
    const shndx = reader.u16()
    return { name, info, other, shndx, value: reader.u64(), size: reader.u64() }
  }

  /** The 32-bit structure has its fields in another order. */
  #read32(): RawSymbol {
    const reader = this.#reader
    const name = reader.u32()
    const value = readWord(reader, 32)
    const size = readWord(reader, 32)
    return { name, value, size, info: reader.u8(), other: reader.u8(), shndx: reader.u16() }
  }

  #place(shndx: number, symbol: SymbolIndex, start: number): SymbolPlace {
    if (shndx === SHN_UNDEF) return { kind: 'undefined' }
    if (shndx === SHN_ABS) return { kind: 'absolute' }
    if (shndx === SHN_COMMON) return { kind: 'common' }
    if (shndx >= SHN_LORESERVE && shndx !== SHN_XINDEX) return { kind: 'reserved', index: shndx }
    const index = shndx === SHN_XINDEX ? this.#extendedIndex(symbol, start) : shndx
    if (index < this.#sectionCount) return { kind: 'section', section: sectionIndex(index) }
    const found = `symbol ${symbol} is in section ${index}, the file has ${this.#sectionCount} sections`
    return this.#reject('ELF_BAD_INDEX', start, found)
  }

  /** gabi 4.3, SHN_XINDEX: a parallel table holds one 32-bit section index for each symbol. */
  #extendedIndex(symbol: SymbolIndex, start: number): number {
    if (this.#extendedIndices === undefined) {
      const found = `symbol ${symbol} has SHN_XINDEX, but no SHT_SYMTAB_SHNDX section belongs to this symbol table`
      return this.#reject('ELF_BAD_LINK', start, found)
    }
    return this.#extendedIndices.seek(symbol * 4).u32()
  }

  #reject(code: 'ELF_TOO_LARGE' | 'ELF_BAD_INDEX' | 'ELF_BAD_LINK', start: number, found: string): never {
    const { name, offset } = this.#section
    reject(this.#source, code, found, { section: name, offset: offset + start })
  }
}

function sectionReader(source: ElfSource, section: ElfSection, what: string): Reader {
  const { name, offset, data } = section
  return readerOf(source, { what: `${what} in section ${name}`, section: name, offset, bytes: data })
}

/** The string table with the names of a symbol table.
 *
 * @throws ElfError ELF_BAD_LINK
 */
export function stringTableOf(
  source: ElfSource,
  sections: readonly ElfSection[],
  symtab: ElfSection,
): ElfSection {
  const strings = sections[symtab.link]
  if (strings?.type === SHT_STRTAB) return strings
  const found = `the names of the symbols are said to be in section ${symtab.link}, which is no string table`
  return reject(source, 'ELF_BAD_LINK', found, { section: symtab.name, offset: symtab.offset })
}

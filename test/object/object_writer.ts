import type { Endianness } from '../../src/base/reader.ts'
import { VOID, type TypeId } from '../../src/base/units.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { coreKinds, type CoreKindName } from '../../src/core/kinds.ts'
import {
  R_BPF_64_64,
  R_BPF_64_ABS64,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHT_NOBITS,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STT_OBJECT,
  STT_SECTION,
  STV_DEFAULT,
  STV_HIDDEN,
} from '../../src/elf/constants.ts'
import { assemble, exit, movImm, type WideInsn } from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import { INSN_SIZE } from '../../src/insn/opcodes.ts'
import {
  writeElf,
  type ElfDescription,
  type SectionDescription,
  type SymbolDescription,
} from '../elf/elf_writer.ts'

/**
 * Writes BPF objects for tests, as clang would build them, from a description:
 *
 *     writeObject({
 *       programs: [{ insns: [loadImm64(1, 0n), call(1), exit()], relocations: [{ insn: 0, symbol: 'counts' }] }],
 *       maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } }],
 *       data: { '.bss': [{ name: 'lost', type: 'u64' }] },
 *     })
 *
 * Types are referred to by name: those of `basicTypes`, and what `types` adds.
 */
export interface ObjectDescription {
  /** Default 'little'. */
  readonly endianness?: Endianness
  /** Default one, of two instructions. */
  readonly programs?: readonly ProgramDescription[]
  readonly maps?: readonly MapDescription[]
  /** Variables by data section. */
  readonly data?: Readonly<Record<string, readonly VariableDescription[]>>
  /** Pointers in data sections, as relocations: what stands `offset` bytes into the section. */
  readonly pointers?: Readonly<
    Record<string, readonly { readonly offset: number; readonly symbol: string }[]>
  >
  /** The bytes of section `license`; a NUL is added to a string. Default 'GPL'. 'none' leaves the section out. */
  readonly license?: string | Uint8Array
  /** Adds types of the test's own; what it gives can be referred to by these names. */
  readonly types?: (builder: BtfBuilder, types: NamedTypes) => NamedTypes
  /** 'absent' for an object that was built without -g. Default 'present'. */
  readonly debugInfo?: 'present' | 'absent'
  /** Words that func_info and line_info records have beyond those that are known. Default none. */
  readonly newerInfoWords?: readonly number[]
  /** What symbols say instead of the truth, by name. */
  readonly symbolLies?: Readonly<Record<string, Partial<SymbolDescription>>>
  readonly extraSymbols?: readonly SymbolDescription[]
  readonly extraSections?: readonly SectionDescription[]
  /** Parts of the ELF file that are not as usual. */
  readonly elf?: Pick<ElfDescription, 'type' | 'machine'>
}

export interface ProgramDescription {
  /** Default 'program'. */
  readonly name?: string
  /** Default 'tp/sched/sched_process_exec'. Programs of one section follow each other. */
  readonly section?: string
  /** Default `r0 = 0; exit`. */
  readonly insns?: readonly (Insn | WideInsn)[]
  readonly relocations?: readonly ProgramRelocation[]
  readonly coreRelos?: readonly CoreReloDescription[]
  /** Static functions are local symbols; hidden ones are global to the linker only. Default 'global'. */
  readonly linkage?: 'static' | 'global' | 'weak' | 'hidden'
  /** Which of func_info and line_info it has. Default 'both'. */
  readonly info?: 'both' | 'func' | 'line' | 'none'
}

export interface ProgramRelocation {
  /** The slot, from the start of the program. */
  readonly insn: number
  /** A map, variable, function or section by name; or a symbol's index. */
  readonly symbol: string | number
  /** Default R_BPF_64_64. */
  readonly type?: number
}

export interface CoreReloDescription {
  readonly insn: number
  /** The root type by name, or any id. */
  readonly type: string | number
  readonly access: string
  /** Default 'field_byte_offset'. */
  readonly kind?: CoreKindName | number
}

export interface MapDescription {
  readonly name: string
  /** `__uint(name, value)` */
  readonly uints?: Readonly<Record<string, number>>
  /** `__type(name, type)` */
  readonly types?: Readonly<Record<string, string>>
  /** `__ulong(name, value)` */
  readonly ulongs?: Readonly<Record<string, bigint>>
  /** `__array(values, ...)`: maps of this definition, or pointers to a type by name; 'functions' is one, for prog arrays. */
  readonly values?: Omit<MapDescription, 'name' | 'slots'> | string
  /** The initializer of `values`: maps or programs by name, or symbols' indices. */
  readonly slots?: Readonly<Record<number, string | number>>
}

export interface VariableDescription {
  readonly name: string
  readonly type: string
  /** Default zeros, eight of them. */
  readonly bytes?: readonly number[]
  /** Default 'global'. */
  readonly linkage?: 'static' | 'global'
}

export type NamedTypes = Readonly<Record<string, TypeId>>

/** A variable takes this many bytes at least, so that all are aligned. */
const SLOT = 8

/** The object's bytes. */
export function writeObject(description: ObjectDescription = {}): Uint8Array {
  return new ObjectWriter(description).write()
}

/** The types that every description can name. */
export function basicTypes(builder: BtfBuilder): NamedTypes {
  return {
    void: VOID,
    int: builder.addInt('int', 4, { encoding: 'signed' }),
    u8: builder.addInt('unsigned char', 1),
    u16: builder.addInt('unsigned short', 2),
    u32: builder.addInt('unsigned int', 4),
    u64: builder.addInt('unsigned long long', 8),
    bool: builder.addInt('_Bool', 1, { encoding: 'bool' }),
  }
}

class ObjectWriter {
  readonly #description: ObjectDescription
  readonly #endianness: Endianness
  readonly #builder = new BtfBuilder()
  readonly #types: NamedTypes
  readonly #sections: SectionDescription[] = []
  readonly #symbols: SymbolDescription[] = []
  readonly #programs: readonly PlacedProgram[]
  readonly #slots: { offset: number; symbol: string | number; type: number }[] = []

  constructor(description: ObjectDescription) {
    this.#description = description
    this.#endianness = description.endianness ?? 'little'
    const basics = basicTypes(this.#builder)
    this.#types = { ...basics, ...description.types?.(this.#builder, basics) }
    this.#programs = placePrograms(description.programs ?? [{}], this.#endianness)
  }

  write(): Uint8Array {
    const {
      license = 'GPL',
      debugInfo = 'present',
      extraSections = [],
      extraSymbols = [],
    } = this.#description
    this.#addPrograms()
    if (license !== 'none') this.#addLicense(license)
    this.#addMaps()
    for (const [section, variables] of Object.entries(this.#description.data ?? {})) {
      this.#addData(section, variables)
    }
    this.#sections.push(...extraSections)
    this.#symbols.push(...extraSymbols)
    if (debugInfo === 'present') this.#addDebugInfo()
    const slots = this.#slots.length === 0 ? [] : [{ target: '.maps', entries: this.#slots }]
    const lies = this.#description.symbolLies ?? {}
    return writeElf({
      ...this.#description.elf,
      endianness: this.#endianness,
      sections: this.#sections,
      symbols: this.#symbols.map((symbol) => ({ ...symbol, ...lies[symbol.name] })),
      relocations: [
        ...slots,
        ...Object.entries(this.#description.pointers ?? {}).map(([target, pointers]) => ({
          target,
          entries: pointers.map((pointer) => ({ ...pointer, type: R_BPF_64_ABS64 })),
        })),
        ...sectionsOf(this.#programs).map((target) => ({
          target,
          entries: this.#programs
            .filter(({ section }) => section === target)
            .flatMap(({ start, relocations }) =>
              relocations.map(({ insn, symbol, type = R_BPF_64_64 }) => ({
                offset: start + insn * INSN_SIZE,
                symbol,
                type,
              })),
            ),
        })),
      ],
    })
  }

  #addPrograms(): void {
    for (const name of sectionsOf(this.#programs)) {
      const programs = this.#programs.filter(({ section }) => section === name)
      const data = Uint8Array.from(programs.flatMap(({ bytes }) => [...bytes]))
      this.#sections.push({ name, flags: SHF_ALLOC | SHF_EXECINSTR, data })
    }
    for (const { name, section, start, bytes, linkage } of this.#programs) {
      const [value, size] = [BigInt(start), BigInt(bytes.length)]
      const visibility = linkage === 'hidden' ? STV_HIDDEN : STV_DEFAULT
      const binding = bindings[linkage]
      this.#symbols.push({ name, section, value, size, type: STT_FUNC, binding, visibility })
    }
    for (const name of sectionsOf(this.#programs)) this.#addSectionSymbol(name)
  }

  #addLicense(license: string | Uint8Array): void {
    const data = typeof license === 'string' ? new TextEncoder().encode(`${license}\0`) : license
    this.#sections.push({ name: 'license', flags: SHF_ALLOC | SHF_WRITE, data })
  }

  #addMaps(): void {
    const { maps } = this.#description
    if (maps === undefined) return
    let size = 0
    const variables = maps.map((map) => {
      const struct = this.#mapType(map)
      const offset = size
      const slots = Object.entries(map.slots ?? {})
      const bytes = struct.size + Math.max(0, ...slots.map(([index]) => Number(index) + 1)) * 8
      size += bytes
      this.#symbols.push(objectSymbol(map.name, '.maps', offset, bytes))
      for (const [index, symbol] of slots) {
        this.#slots.push({ offset: offset + struct.size + Number(index) * 8, symbol, type: R_BPF_64_ABS64 })
      }
      return { type: this.#builder.addVar(map.name, struct.id, 'global'), offset: 0, size: bytes }
    })
    this.#builder.addDatasec('.maps', 0, variables)
    this.#sections.push({ name: '.maps', flags: SHF_ALLOC | SHF_WRITE, data: new Uint8Array(size) })
    this.#addSectionSymbol('.maps')
  }

  #mapType({ uints = {}, types = {}, ulongs = {}, values }: Omit<MapDescription, 'name'>): {
    id: TypeId
    size: number
  } {
    const builder = this.#builder
    const members = [
      ...Object.entries(uints).map(([name, value]) => {
        const array = builder.addArray(this.#type('int'), this.#type('int'), value)
        return { name, type: builder.addPtr(array) }
      }),
      ...Object.entries(types).map(([name, type]) => ({ name, type: builder.addPtr(this.#type(type)) })),
      ...Object.entries(ulongs).map(([name, value]) => {
        const enumerators = [{ name: `__unique_value_${name}`, value }]
        return { name, type: builder.addEnum64('', { size: 8, signed: false, enumerators }) }
      }),
    ]
    const size = members.length * 8
    const placed = members.map((member, index) => ({ ...member, bitOffset: index * 64 }))
    if (values === undefined) return { id: builder.addStruct('', size, placed), size }
    const pointers = builder.addArray(builder.addPtr(this.#valuesType(values)), this.#type('int'), 0)
    const last = { name: 'values', type: pointers, bitOffset: size * 8 }
    return { id: builder.addStruct('', size, [...placed, last]), size }
  }

  #valuesType(values: NonNullable<MapDescription['values']>): TypeId {
    if (values === 'functions') return this.#builder.addFuncProto(this.#type('int'), [])
    return typeof values === 'string' ? this.#type(values) : this.#mapType(values).id
  }

  #addData(section: string, variables: readonly VariableDescription[]): void {
    const placed = placeVariables(variables)
    // As clang writes them: sizes of sections and places of global variables are the loader's business.
    const entries = placed.map(({ name, type, offset, size, linkage }) => ({
      type: this.#builder.addVar(name, this.#type(type), linkage),
      offset: linkage === 'static' ? offset : 0,
      size,
    }))
    this.#builder.addDatasec(section, 0, entries)
    const data = Uint8Array.from(placed.flatMap(({ bytes }) => [...bytes]))
    const flags = section.startsWith('.rodata') ? SHF_ALLOC : SHF_ALLOC | SHF_WRITE
    this.#sections.push(
      section.startsWith('.bss')
        ? { name: section, flags, type: SHT_NOBITS, size: data.length }
        : { name: section, flags, data },
    )
    this.#addSectionSymbol(section)
    for (const { name, offset, size, linkage } of placed) {
      const binding = linkage === 'static' ? STB_LOCAL : STB_GLOBAL
      this.#symbols.push({ ...objectSymbol(name, section, offset, size), binding })
    }
  }

  /** Named as its section, so that relocations can refer to it; clang leaves the name out. */
  #addSectionSymbol(section: string): void {
    this.#symbols.push({ name: section, section, type: STT_SECTION, binding: STB_LOCAL })
  }

  #addDebugInfo(): void {
    const funcs = this.#programs.map(({ name, linkage }) => {
      const proto = this.#builder.addFuncProto(this.#type('int'), [])
      return this.#builder.addFunc(name, proto, linkage === 'static' ? 'static' : 'global')
    })
    const newer = this.#description.newerInfoWords ?? []
    const funcInfo = this.#extPart(8 + newer.length * 4, ({ start, info }, index) =>
      info === 'both' || info === 'func' ? [[start, funcs[index] ?? 0, ...newer]] : [],
    )
    const lineInfo = this.#extPart(16 + newer.length * 4, ({ start, name, line, info }) => {
      const text = [this.#builder.string('test.bpf.c'), this.#builder.string(`int ${name}() {`)]
      return info === 'both' || info === 'line' ? [[start, ...text, line << 10, ...newer]] : []
    })
    const coreRelos = this.#extPart(16, ({ start, coreRelos: relos }) =>
      relos.map(({ insn, type, access, kind = 'field_byte_offset' }) => [
        start + insn * INSN_SIZE,
        typeof type === 'number' ? type : this.#type(type),
        this.#builder.string(access),
        typeof kind === 'number' ? kind : coreKinds.findIndex(({ name }) => name === kind),
      ]),
    )
    const ext = extSection([funcInfo, lineInfo, coreRelos], this.#endianness)
    this.#sections.push({ name: '.BTF', data: this.#builder.finish({ endianness: this.#endianness }) })
    this.#sections.push({ name: '.BTF.ext', data: ext })
  }

  /** One sub-section of `.BTF.ext`: the records' size, then name, count and records of each ELF section. */
  #extPart(
    recordSize: number,
    recordsOf: (program: PlacedProgram, index: number) => readonly (readonly number[])[],
  ): readonly number[] {
    const words = sectionsOf(this.#programs).flatMap((section) => {
      const records = this.#programs.flatMap((program, index) =>
        program.section === section ? recordsOf(program, index) : [],
      )
      return records.length === 0 ? [] : [this.#builder.string(section), records.length, ...records.flat()]
    })
    return words.length === 0 ? [] : [recordSize, ...words]
  }

  #type(name: string): TypeId {
    const id = this.#types[name]
    if (id === undefined) throw new Error(`the description has no type ${name}`)
    return id
  }
}

interface PlacedProgram {
  readonly name: string
  readonly section: string
  /** Bytes from the start of the section. */
  readonly start: number
  readonly bytes: Uint8Array
  /** The line of its first instruction in test.bpf.c. */
  readonly line: number
  readonly relocations: readonly ProgramRelocation[]
  readonly coreRelos: readonly CoreReloDescription[]
  readonly linkage: NonNullable<ProgramDescription['linkage']>
  readonly info: NonNullable<ProgramDescription['info']>
}

const bindings = { static: STB_LOCAL, global: STB_GLOBAL, weak: STB_WEAK, hidden: STB_GLOBAL } as const

function placePrograms(
  programs: readonly ProgramDescription[],
  endianness: Endianness,
): readonly PlacedProgram[] {
  const ends = new Map<string, number>()
  return programs.map((program, index) => {
    const { name = 'program', section = 'tp/sched/sched_process_exec' } = program
    const { insns = [movImm(0, 0), exit()], relocations = [], coreRelos = [] } = program
    const { linkage = 'global', info = 'both' } = program
    const start = ends.get(section) ?? 0
    const bytes = assemble(insns, endianness)
    ends.set(section, start + bytes.length)
    return { name, section, start, bytes, line: (index + 1) * 10, relocations, coreRelos, linkage, info }
  })
}

function sectionsOf(programs: readonly PlacedProgram[]): readonly string[] {
  return [...new Set(programs.map(({ section }) => section))]
}

interface PlacedVariable {
  readonly name: string
  readonly type: string
  readonly linkage: 'static' | 'global'
  readonly offset: number
  readonly size: number
  /** Padded. */
  readonly bytes: Uint8Array
}

function placeVariables(variables: readonly VariableDescription[]): readonly PlacedVariable[] {
  let end = 0
  return variables.map(({ name, type, bytes = new Array<number>(SLOT).fill(0), linkage = 'global' }) => {
    const padded = new Uint8Array(Math.ceil(bytes.length / SLOT) * SLOT)
    padded.set(bytes)
    const offset = end
    end += padded.length
    return { name, type, linkage, offset, size: bytes.length, bytes: padded }
  })
}

function objectSymbol(name: string, section: string, offset: number, size: number): SymbolDescription {
  return { name, section, value: BigInt(offset), size: BigInt(size), type: STT_OBJECT, binding: STB_GLOBAL }
}

/** `.BTF.ext`: magic and version, header length, offset and length of each part, the parts. */
function extSection(parts: readonly (readonly number[])[], endianness: Endianness): Uint8Array {
  const places: number[] = []
  let offset = 0
  for (const part of parts) {
    places.push(offset, part.length * 4)
    offset += part.length * 4
  }
  const headerSize = 8 + places.length * 4
  const words = [headerSize, ...places, ...parts.flat()]
  const view = new DataView(new ArrayBuffer(4 + words.length * 4))
  view.setUint16(0, 0xeb9f, endianness === 'little')
  view.setUint8(2, 1)
  words.forEach((word, index) => {
    view.setUint32(4 + index * 4, word, endianness === 'little')
  })
  return new Uint8Array(view.buffer)
}

import { ByteWriter } from '../../src/base/byte_writer.ts'
import type { Endianness } from '../../src/base/reader.ts'
import { StringTableWriter } from '../../src/base/string_table_writer.ts'
import {
  EM_BPF,
  ET_REL,
  PF_R,
  PF_X,
  PT_LOAD,
  SHN_UNDEF,
  SHN_XINDEX,
  SHT_NOBITS,
  SHT_NULL,
  SHT_PROGBITS,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  SHT_SYMTAB_SHNDX,
} from '../../src/elf/constants.ts'
import { STRUCT_SIZE } from '../../src/elf/source.ts'

/**
 * Writes ELF files for tests, from a description: a small relocatable BPF object by default, and any lie on
 * request. (src/elf/elf_writer.ts writes what is true.) The sections come in this order: the null section, `sections`, one relocation section for each of
 * `relocations`, `.symtab` (if there are symbols or relocations), `.symtab_shndx` (with extended numbering),
 * `.strtab`.
 */
export interface ElfDescription {
  /** Default 64. */
  readonly class?: 32 | 64
  /** Default 'little'. */
  readonly endianness?: Endianness
  /** `e_type`. Default ET_REL. */
  readonly type?: number
  /** `e_machine`. Default EM_BPF. */
  readonly machine?: number
  readonly flags?: number
  readonly sections?: readonly SectionDescription[]
  /** Without the null symbol, which is written before them. */
  readonly symbols?: readonly SymbolDescription[]
  readonly relocations?: readonly RelocationDescription[]
  /** Program headers, behind the section headers. */
  readonly segments?: readonly SegmentDescription[]
  /**
   * 'extended' writes section counts and indices as files with 0xff00 sections and more have them. Default
   * 'plain'.
   */
  readonly numbering?: 'plain' | 'extended'
  /** What the ELF header says instead of the truth. */
  readonly header?: Partial<RawHeader>
  /** What section headers say instead of the truth, by section name; '' is section 0. */
  readonly headers?: Readonly<Record<string, Partial<RawSectionHeader>>>
}

export interface SectionDescription {
  readonly name: string
  /** Default SHT_PROGBITS. */
  readonly type?: number
  readonly flags?: bigint
  readonly data?: Uint8Array
  /** Bytes in memory of an SHT_NOBITS section. */
  readonly size?: number
  /** A section's name or index. */
  readonly link?: string | number
  readonly info?: string | number
  readonly alignment?: number
  readonly entrySize?: number
  readonly address?: bigint
}

export interface SegmentDescription {
  /** Default PT_LOAD. */
  readonly type?: number
  /** Default PF_R | PF_X. */
  readonly flags?: number
  /** Default 0. */
  readonly offset?: bigint
  readonly address: bigint
  readonly fileSize: bigint
  /** Default `fileSize`. */
  readonly memorySize?: bigint
}

export interface SymbolDescription {
  readonly name: string
  /** A section's name, or a raw `st_shndx`. Default SHN_UNDEF. */
  readonly section?: string | number
  readonly value?: bigint
  readonly size?: bigint
  readonly type?: number
  readonly binding?: number
  readonly visibility?: number
}

export interface RelocationDescription {
  /** The section that is relocated. */
  readonly target: string
  /** Default SHT_REL. */
  readonly type?: typeof SHT_REL | typeof SHT_RELA
  readonly entries: readonly {
    readonly offset: bigint | number
    /** A symbol's name or index. */
    readonly symbol: string | number
    readonly type: number
    readonly addend?: bigint
  }[]
}

export interface RawHeader {
  readonly magic: readonly number[]
  readonly class: number
  readonly data: number
  readonly identVersion: number
  readonly type: number
  readonly machine: number
  readonly version: number
  readonly phoff: bigint
  readonly shoff: bigint
  readonly flags: number
  readonly ehsize: number
  readonly phentsize: number
  readonly phnum: number
  readonly shentsize: number
  readonly shnum: number
  readonly shstrndx: number
}

export interface RawSectionHeader {
  readonly name: number
  readonly type: number
  readonly flags: bigint
  readonly address: bigint
  readonly offset: bigint
  readonly size: bigint
  readonly link: number
  readonly info: number
  readonly alignment: bigint
  readonly entrySize: bigint
}

/**
 * The file's bytes. A name that the description does not define is an Error, so that no test lies by
 * accident.
 */
export function writeElf(description: ElfDescription = {}): Uint8Array {
  return new ElfWriter(description).write()
}

/** Eight zero bytes for each instruction slot, for tests that do not look at the instructions. */
export function emptyInsns(slots: number): Uint8Array {
  return new Uint8Array(slots * 8)
}

class ElfWriter {
  readonly #description: ElfDescription
  readonly #class: 32 | 64
  readonly #endianness: Endianness
  readonly #sections: SectionDescription[] = [{ name: '', type: SHT_NULL, alignment: 0 }]
  readonly #strings = new StringTableWriter()

  constructor(description: ElfDescription) {
    this.#description = description
    this.#class = description.class ?? 64
    this.#endianness = description.endianness ?? 'little'
  }

  write(): Uint8Array {
    const { sections = [], symbols = [], relocations = [] } = this.#description
    this.#sections.push(...sections)
    this.#sections.push(...relocations.map((relocation) => this.#relocationSection(relocation)))
    if (symbols.length > 0 || relocations.length > 0) this.#addSymbolTable(symbols)
    this.#sections.push({ name: '.strtab', type: SHT_STRTAB })
    const nameOffsets = this.#sections.map(({ name }) => this.#strings.add(name))
    this.#sections[this.#sections.length - 1] = {
      name: '.strtab',
      type: SHT_STRTAB,
      data: this.#strings.bytes(),
    }
    return this.#layOut(nameOffsets)
  }

  #relocationSection({ target, type = SHT_REL, entries }: RelocationDescription): SectionDescription {
    const out = this.#output()
    for (const entry of entries) {
      out.word(BigInt(entry.offset))
      const symbol = BigInt(this.#symbolIndex(entry.symbol))
      out.word((symbol << (this.#class === 64 ? 32n : 8n)) | BigInt(entry.type))
      if (type === SHT_RELA) out.word(entry.addend ?? 0n)
    }
    const sizes = STRUCT_SIZE[this.#class]
    return {
      name: `${type === SHT_RELA ? '.rela' : '.rel'}${target}`,
      type,
      data: out.bytes(),
      link: '.symtab',
      info: target,
      entrySize: type === SHT_RELA ? sizes.rela : sizes.rel,
    }
  }

  #symbolIndex(symbol: string | number): number {
    if (typeof symbol === 'number') return symbol
    const index = (this.#description.symbols ?? []).findIndex(({ name }) => name === symbol)
    if (index === -1) throw new Error(`the description has no symbol ${symbol}`)
    return index + 1
  }

  #addSymbolTable(symbols: readonly SymbolDescription[]): void {
    const table = this.#output()
    const extended = this.#output()
    for (const symbol of [{ name: '' }, ...symbols]) this.#writeSymbol(symbol, table, extended)
    this.#sections.push({
      name: '.symtab',
      type: SHT_SYMTAB,
      data: table.bytes(),
      link: '.strtab',
      info: 1,
      entrySize: STRUCT_SIZE[this.#class].sym,
    })
    if (this.#description.numbering !== 'extended') return
    this.#sections.push({
      name: '.symtab_shndx',
      type: SHT_SYMTAB_SHNDX,
      data: extended.bytes(),
      link: '.symtab',
      entrySize: 4,
    })
  }

  #writeSymbol(symbol: SymbolDescription, out: Output, extended: Output): void {
    const { section = SHN_UNDEF, value = 0n, size = 0n, type = 0, binding = 0, visibility = 0 } = symbol
    const index = this.#sectionIndex(section)
    const inSection = typeof section === 'string'
    const moved = inSection && this.#description.numbering === 'extended'
    const shndx = moved ? SHN_XINDEX : index
    extended.u32(moved ? index : 0)
    out.u32(this.#strings.add(symbol.name))
    if (this.#class === 32) out.word(value).word(size)
    out
      .u8((binding << 4) | type)
      .u8(visibility)
      .u16(shndx)
    if (this.#class === 64) out.word(value).word(size)
  }

  #sectionIndex(section: string | number): number {
    if (typeof section === 'number') return section
    const index = this.#sections.findIndex(({ name }) => name === section)
    if (index === -1) throw new Error(`the description has no section ${section}`)
    return index
  }

  #layOut(nameOffsets: readonly number[]): Uint8Array {
    const sizes = STRUCT_SIZE[this.#class]
    const out = this.#output().raw(new Uint8Array(sizes.ehdr))
    const headers = this.#sections.map((section, index) => {
      out.align(8)
      const offset = BigInt(out.length)
      out.raw(section.data ?? new Uint8Array())
      return this.#sectionHeader(section, nameOffsets[index]!, offset, index)
    })
    const headersStart = BigInt(out.align(8).length)
    for (const header of headers) this.#writeSectionHeader(out, header)
    const segmentsStart = BigInt(out.align(8).length)
    for (const segment of this.#description.segments ?? []) this.#writeSegment(out, segment)
    const bytes = out.bytes()
    bytes.set(this.#header(headersStart, segmentsStart))
    return bytes
  }

  #writeSegment(out: Output, segment: SegmentDescription): void {
    const { type = PT_LOAD, flags = PF_R | PF_X, offset = 0n, address, fileSize } = segment
    const { memorySize = fileSize } = segment
    out.u32(type)
    if (this.#class === 64) out.u32(flags)
    out.word(offset).word(address).word(address).word(fileSize).word(memorySize)
    if (this.#class === 32) out.u32(flags)
    out.word(0x1000n)
  }

  #sectionHeader(section: SectionDescription, name: number, offset: bigint, index: number): RawSectionHeader {
    const { type = SHT_PROGBITS, flags = 0n, address = 0n, alignment = 8, entrySize = 0 } = section
    const truth: RawSectionHeader = {
      name,
      type,
      flags,
      address,
      offset: type === SHT_NULL ? 0n : offset,
      size: BigInt((type === SHT_NOBITS ? section.size : section.data?.length) ?? 0),
      link: this.#sectionIndex(section.link ?? 0),
      info: this.#sectionIndex(section.info ?? 0),
      alignment: BigInt(alignment),
      entrySize: BigInt(entrySize),
    }
    const extended = index === 0 && this.#description.numbering === 'extended'
    return {
      ...truth,
      ...(extended && this.#extendedNumbers()),
      ...this.#description.headers?.[section.name],
    }
  }

  /**
   * What section header 0 says with extended numbering: the number of sections, and where their names are.
   */
  #extendedNumbers(): Partial<RawSectionHeader> {
    return { size: BigInt(this.#sections.length), link: this.#sections.length - 1 }
  }

  #header(shoff: bigint, segmentsStart: bigint): Uint8Array {
    const out = this.#output()
    const { type = ET_REL, machine = EM_BPF, flags = 0, numbering, header, segments = [] } = this.#description
    const sizes = STRUCT_SIZE[this.#class]
    const count = this.#sections.length
    const raw: RawHeader = {
      magic: [0x7f, 0x45, 0x4c, 0x46],
      class: this.#class === 64 ? 2 : 1,
      data: this.#endianness === 'little' ? 1 : 2,
      identVersion: 1,
      type,
      machine,
      version: 1,
      phoff: segments.length === 0 ? 0n : segmentsStart,
      shoff,
      flags,
      ehsize: sizes.ehdr,
      phentsize: segments.length === 0 ? 0 : sizes.phdr,
      phnum: segments.length,
      shentsize: sizes.shdr,
      shnum: numbering === 'extended' ? 0 : count,
      shstrndx: numbering === 'extended' ? SHN_XINDEX : count - 1,
      ...header,
    }
    out.raw(Uint8Array.from([...raw.magic, raw.class, raw.data, raw.identVersion, 0])).raw(new Uint8Array(8))
    out.u16(raw.type).u16(raw.machine).u32(raw.version)
    out.word(0n).word(raw.phoff).word(raw.shoff).u32(raw.flags)
    out.u16(raw.ehsize).u16(raw.phentsize).u16(raw.phnum)
    out.u16(raw.shentsize).u16(raw.shnum).u16(raw.shstrndx)
    return out.bytes()
  }

  #writeSectionHeader(out: Output, raw: RawSectionHeader): void {
    out.u32(raw.name).u32(raw.type)
    out.word(raw.flags).word(raw.address).word(raw.offset).word(raw.size)
    out.u32(raw.link).u32(raw.info).word(raw.alignment).word(raw.entrySize)
  }

  #output(): Output {
    return new Output(this.#class, this.#endianness)
  }
}

/** A ByteWriter that knows how long the words of a class are. */
class Output extends ByteWriter {
  readonly #class: 32 | 64

  constructor(elfClass: 32 | 64, endianness: Endianness) {
    super(endianness)
    this.#class = elfClass
  }

  /** 32 or 64 bits, by class. */
  word(value: bigint): this {
    return this.#class === 64 ? this.u64(value) : this.u32(Number(BigInt.asUintN(32, value)))
  }
}

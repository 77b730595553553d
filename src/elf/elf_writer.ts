import { ByteWriter } from '../base/byte_writer.ts'
import type { Endianness } from '../base/reader.ts'
import { StringTableWriter } from '../base/string_table_writer.ts'
import {
  ELFCLASS64,
  ELFDATA2LSB,
  ELFDATA2MSB,
  EM_BPF,
  ET_REL,
  EV_CURRENT,
  SHN_LORESERVE,
  SHT_NOBITS,
  SHT_NULL,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_LOCAL,
} from './constants.ts'
import { STRUCT_SIZE } from './source.ts'

/** A relocatable 64-bit file for the BPF machine, to be written. */
export interface RelocatableFile {
  readonly endianness: Endianness
  /** In the file's order. Their indices count from FIRST_SECTION, behind the null section and the two tables. */
  readonly sections: readonly WritableSection[]
  /** Without the null symbol, which is written before them: the first one has index 1. Local ones come first. */
  readonly symbols: readonly WritableSymbol[]
}

export interface WritableSection {
  readonly name: string
  /** `sh_type`. */
  readonly type: number
  /** `sh_flags`. */
  readonly flags: bigint
  /** Empty for SHT_NOBITS. */
  readonly data: Uint8Array
  /** Bytes in memory; `data.length` but for SHT_NOBITS. */
  readonly size: number
  /** A power of two. */
  readonly alignment: number
  readonly entrySize: number
  /** `sh_link`. Default 0. */
  readonly link?: number
  /** `sh_info`. Default 0. */
  readonly info?: number
}

export interface WritableSymbol {
  readonly name: string
  readonly type: number
  readonly binding: number
  readonly visibility: number
  /** `st_shndx`: an index or a reserved one. */
  readonly section: number
  readonly value: bigint
  readonly size: number
}

/** The indices of the sections that the writer adds, and of the first one that is the caller's. */
export const STRTAB_SECTION = 1
export const SYMTAB_SECTION = 2
export const FIRST_SECTION = 3
/** How many sections the caller may have: from SHN_LORESERVE on, indices do not fit into a symbol. */
export const MAX_SECTIONS = SHN_LORESERVE - FIRST_SECTION

/** Data starts at a multiple of its alignment in the file as well, up to this many bytes. */
const MAX_FILE_ALIGNMENT = 64

const SIZES = STRUCT_SIZE[64]

/**
 * Writes the file (System V ABI, "Object Files", gabi 4.3): the ELF header, the sections' data, then the section headers.
 * One string table serves the names of sections and of symbols, as in what clang writes.
 */
export function writeRelocatable({ endianness, sections, symbols }: RelocatableFile): Uint8Array {
  const strings = new StringTableWriter()
  const symbolTable = writeSymbols(endianness, symbols, strings)
  const tables: readonly WritableSection[] = [
    table('.strtab', SHT_STRTAB, 1, {}),
    table('.symtab', SHT_SYMTAB, 8, {
      data: symbolTable,
      entrySize: SIZES.sym,
      link: STRTAB_SECTION,
      // One more than the index of the last local symbol.
      info: 1 + symbols.filter(({ binding }) => binding === STB_LOCAL).length,
    }),
  ]
  const all = [NULL_SECTION, ...tables, ...sections]
  const names = all.map(({ name }) => strings.add(name))
  const stringBytes = strings.bytes()
  all[STRTAB_SECTION] = table('.strtab', SHT_STRTAB, 1, { data: stringBytes })

  const out = new ByteWriter(endianness).raw(new Uint8Array(SIZES.ehdr))
  const offsets = all.map((section) => {
    out.align(Math.min(Math.max(section.alignment, 1), MAX_FILE_ALIGNMENT))
    const offset = section.type === SHT_NULL ? 0 : out.length
    out.raw(section.data)
    return offset
  })
  out.align(8)
  const headersStart = out.length
  all.forEach((section, index) => {
    writeSectionHeader(out, section, { name: names[index] ?? 0, offset: offsets[index] ?? 0 })
  })
  const bytes = out.bytes()
  bytes.set(elfHeader(endianness, headersStart, all.length))
  return bytes
}

const NULL_SECTION: WritableSection = {
  name: '',
  type: SHT_NULL,
  flags: 0n,
  data: new Uint8Array(),
  size: 0,
  alignment: 0,
  entrySize: 0,
}

function table(
  name: string,
  type: number,
  alignment: number,
  rest: Partial<WritableSection>,
): WritableSection {
  const { data = new Uint8Array() } = rest
  return { name, type, flags: 0n, entrySize: 0, ...rest, data, size: data.length, alignment }
}

function writeSymbols(
  endianness: Endianness,
  symbols: readonly WritableSymbol[],
  strings: StringTableWriter,
): Uint8Array {
  const out = new ByteWriter(endianness).raw(new Uint8Array(SIZES.sym))
  for (const { name, type, binding, visibility, section, value, size } of symbols) {
    out.u32(strings.add(name)).u8((binding << 4) | type)
    out.u8(visibility).u16(section).u64(value).u64(BigInt(size))
  }
  return out.bytes()
}

function writeSectionHeader(
  out: ByteWriter,
  section: WritableSection,
  { name, offset }: { readonly name: number; readonly offset: number },
): void {
  const { type, flags, size, data, alignment, entrySize, link = 0, info = 0 } = section
  const length = type === SHT_NOBITS ? size : data.length
  const address = 0n
  out.u32(name).u32(type).u64(flags).u64(address).u64(BigInt(offset)).u64(BigInt(length))
  out.u32(link).u32(info).u64(BigInt(alignment)).u64(BigInt(entrySize))
}

function elfHeader(endianness: Endianness, headersStart: number, sectionCount: number): Uint8Array {
  const out = new ByteWriter(endianness)
  const encoding = endianness === 'little' ? ELFDATA2LSB : ELFDATA2MSB
  out.raw(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, ELFCLASS64, encoding, EV_CURRENT))
  // The rest of e_ident: no ABI of an operating system, and padding.
  out.raw(new Uint8Array(9))
  const [entry, programHeaders] = [0n, 0n]
  out.u16(ET_REL).u16(EM_BPF).u32(EV_CURRENT)
  out.u64(entry).u64(programHeaders).u64(BigInt(headersStart))
  const [flags, programHeaderSize, programHeaderCount] = [0, 0, 0]
  out.u32(flags).u16(SIZES.ehdr).u16(programHeaderSize).u16(programHeaderCount)
  out.u16(SIZES.shdr).u16(sectionCount).u16(STRTAB_SECTION)
  return out.bytes()
}

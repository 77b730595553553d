import { ByteWriter } from '../../src/base/byte_writer.ts'
import { StringTableWriter } from '../../src/base/string_table_writer.ts'
import {
  SHN_ABS,
  SHT_DYNSYM,
  SHT_GNU_VERDEF,
  SHT_GNU_VERNEED,
  SHT_GNU_VERSYM,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STT_FUNC,
} from '../../src/elf/constants.ts'
import type { SectionDescription } from './elf_writer.ts'

/** A symbol of a little-endian 64-bit file. */
export interface TableSymbol {
  readonly name: string
  readonly value?: bigint
  readonly size?: bigint
  /** Default STT_FUNC. */
  readonly type?: number
  /** Default STB_GLOBAL. */
  readonly binding?: number
  /** `st_shndx`. Default SHN_ABS, which needs no section. */
  readonly section?: number
  /** The number of its version; the upper bit hides it. Default 1, which is none. */
  readonly version?: number
}

/** A version that the file defines, or one that it needs of another file. */
export interface TableVersion {
  readonly number: number
  readonly name: string
}

/** `.symtab`, and the strings it needs. */
export function staticTable(symbols: readonly TableSymbol[]): readonly SectionDescription[] {
  const strings = new StringTableWriter()
  const data = tableOf(symbols, strings)
  return [
    { name: '.names', type: SHT_STRTAB, data: strings.bytes() },
    { name: '.symbols', type: SHT_SYMTAB, data, link: '.names', entrySize: 24 },
  ]
}

/** `.dynsym` with the sections that tell the versions of its symbols. */
export function dynamicTable(
  symbols: readonly TableSymbol[],
  {
    defined = [],
    needed = [],
  }: { readonly defined?: readonly TableVersion[]; readonly needed?: readonly TableVersion[] } = {},
): readonly SectionDescription[] {
  const strings = new StringTableWriter()
  const data = tableOf(symbols, strings)
  const versions = new ByteWriter('little').u16(0)
  for (const { version = 1 } of symbols) versions.u16(version)
  const definitions = definitionsOf(defined, strings)
  const needs = needsOf(needed, strings)
  return [
    { name: '.dynstr', type: SHT_STRTAB, data: strings.bytes() },
    { name: '.dynsym', type: SHT_DYNSYM, data, link: '.dynstr', entrySize: 24 },
    { name: '.gnu.version', type: SHT_GNU_VERSYM, data: versions.bytes(), link: '.dynsym', entrySize: 2 },
    { name: '.gnu.version_d', type: SHT_GNU_VERDEF, data: definitions, link: '.dynstr' },
    { name: '.gnu.version_r', type: SHT_GNU_VERNEED, data: needs, link: '.dynstr' },
  ]
}

function tableOf(symbols: readonly TableSymbol[], strings: StringTableWriter): Uint8Array {
  const out = new ByteWriter('little').raw(new Uint8Array(24))
  for (const { name, value = 0n, size = 0n, ...rest } of symbols) {
    const { type = STT_FUNC, binding = STB_GLOBAL, section = SHN_ABS } = rest
    out.u32(strings.add(name)).u8((binding << 4) | type)
    out.u8(0).u16(section).u64(value).u64(size)
  }
  return out.bytes()
}

/** Elfxx_Verdef with one Elfxx_Verdaux each. */
function definitionsOf(versions: readonly TableVersion[], strings: StringTableWriter): Uint8Array {
  const out = new ByteWriter('little')
  versions.forEach(({ number, name }, index) => {
    out.u16(1).u16(0).u16(number).u16(1).u32(0).u32(20)
    out.u32(index === versions.length - 1 ? 0 : 28)
    out.u32(strings.add(name)).u32(0)
  })
  return out.bytes()
}

/** One Elfxx_Verneed with an Elfxx_Vernaux for each. */
function needsOf(versions: readonly TableVersion[], strings: StringTableWriter): Uint8Array {
  const out = new ByteWriter('little')
  if (versions.length === 0) return out.bytes()
  out.u16(1).u16(versions.length).u32(strings.add('libc.so.6')).u32(16).u32(0)
  versions.forEach(({ number, name }, index) => {
    out.u32(0).u16(0).u16(number).u32(strings.add(name))
    out.u32(index === versions.length - 1 ? 0 : 16)
  })
  return out.bytes()
}

import type { Endianness, Reader } from '../base/reader.ts'
import { ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB, EV_CURRENT, SHN_XINDEX } from './constants.ts'
import { elfyHeader, type ElfyHeader } from './elfy.ts'
import { readerOf, readWord, reject, STRUCT_SIZE, type ElfClass, type ElfSource } from './source.ts'

/** The ELF header, checked: the section header table that it names lies within the file. */
export interface ElfHeader {
  readonly source: ElfSource
  readonly type: number
  readonly machine: number
  readonly flags: number
  /** Undefined where the file has no section header table. */
  readonly sectionTable: SectionTable | undefined
}

export interface SectionTable {
  /** Bytes from the start of the file. */
  readonly offset: number
  /** Entries, at least 1. */
  readonly count: number
  /**
   * Which section holds the section names; 0 (SHN_UNDEF) where sections have no names. Not yet checked
   * against `count`.
   */
  readonly nameTable: number
  /** elfy's header, for reading the table with it. */
  readonly elfy: ElfyHeader
}

const EI_CLASS = 4
const MAGIC = [0x7f, 0x45, 0x4c, 0x46]

/**
 * Reads the ELF header (gabi 4.3, "ELF Header").
 *
 * @throws ElfError ELF_NOT_ELF, ELF_BAD_CLASS, ELF_BAD_ENCODING, ELF_BAD_VERSION, ELF_TRUNCATED,
 * ELF_BAD_SIZE, ELF_BAD_INDEX
 */
export function parseHeader(bytes: Uint8Array, name: string): ElfHeader {
  const source = readIdent(bytes, name)
  const reader = readerOf(source, { what: 'the ELF header', offset: 0, bytes })
  const size = STRUCT_SIZE[source.class].ehdr
  reader.skip(size, `an ELF${source.class} header`)

  reader.seek(16)
  const type = reader.u16()
  const machine = reader.u16()
  if (reader.u32() !== EV_CURRENT) reject(source, 'ELF_BAD_VERSION', 'e_version is not 1', { offset: 20 })

  const elfy = elfyHeader(bytes)
  if (elfy.ehsize < size) {
    const found = `e_ehsize is ${elfy.ehsize}, but an ELF${source.class} header has ${size} bytes`
    reject(source, 'ELF_BAD_SIZE', found, { offset: source.class === 64 ? 52 : 40 })
  }
  return { source, type, machine, flags: elfy.flags, sectionTable: findSectionTable(source, elfy) }
}

/** `e_ident`: the 16 bytes that say how to read the others. */
function readIdent(bytes: Uint8Array, name: string): ElfSource {
  const file = { name, endianness: 'little' } as const
  const reader = readerOf(file, { what: 'e_ident', offset: 0, bytes })
  checkMagic(bytes, name)
  reader.seek(EI_CLASS)
  const elfClass = classOf(reader.u8(), name)
  const endianness = endiannessOf(reader.u8(), name)
  const version = reader.u8()
  if (version !== EV_CURRENT) {
    reject(file, 'ELF_BAD_VERSION', `the ELF version in e_ident is ${version}, not 1`, { offset: 6 })
  }
  return { name, bytes, class: elfClass, endianness }
}

function checkMagic(bytes: Uint8Array, name: string): void {
  if (MAGIC.every((byte, index) => bytes[index] === byte)) return
  const found =
    bytes.length === 0 ? 'nothing: it is empty' : `${hex(bytes.subarray(0, 4))} where 7f 45 4c 46 should be`
  reject({ name }, 'ELF_NOT_ELF', `this is no ELF file, it begins with ${found}`, { offset: 0 })
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

function classOf(value: number, name: string): ElfClass {
  if (value === ELFCLASS32) return 32
  if (value === ELFCLASS64) return 64
  return reject({ name }, 'ELF_BAD_CLASS', `EI_CLASS is ${value}, neither 1 (32-bit) nor 2 (64-bit)`, {
    offset: 4,
  })
}

function endiannessOf(value: number, name: string): Endianness {
  if (value === ELFDATA2LSB) return 'little'
  if (value === ELFDATA2MSB) return 'big'
  return reject(
    { name },
    'ELF_BAD_ENCODING',
    `EI_DATA is ${value}, neither 1 (little-endian) nor 2 (big-endian)`,
    {
      offset: 5,
    },
  )
}

function findSectionTable(source: ElfSource, elfy: ElfyHeader): SectionTable | undefined {
  const offset = elfy.shoff
  if (offset === 0) {
    if (elfy.shnum === 0) return undefined
    reject(source, 'ELF_BAD_SIZE', `the file has ${elfy.shnum} section headers, but e_shoff is 0`, {
      offset: 0,
    })
  }
  const entrySize = STRUCT_SIZE[source.class].shdr
  if (elfy.shentsize !== entrySize) {
    const found = `e_shentsize is ${elfy.shentsize}, but an ELF${source.class} section header has ${entrySize} bytes`
    reject(source, 'ELF_BAD_SIZE', found, { offset: source.class === 64 ? 58 : 46 })
  }
  const table = readerOf(source, { what: 'the section header table', offset: 0, bytes: source.bytes })
  const numbers = extendedNumbers(source, table, elfy)
  if (numbers.count === 0) return undefined
  table.seek(offset).skip(numbers.count * entrySize, `a table of ${numbers.count} section headers`)
  return { offset, ...numbers, elfy }
}

/**
 * e_shnum and e_shstrndx have 16 bits. A file with 0xff00 sections or more has 0 and SHN_XINDEX there, and
 * the true numbers in `sh_size` and `sh_link` of section header 0.
 */
function extendedNumbers(
  source: ElfSource,
  table: Reader,
  elfy: ElfyHeader,
): Pick<SectionTable, 'count' | 'nameTable'> {
  if (elfy.shnum !== 0 && elfy.shstrndx !== SHN_XINDEX) return { count: elfy.shnum, nameTable: elfy.shstrndx }
  const sizeField = source.class === 64 ? 32 : 20
  table.seek(elfy.shoff).skip(STRUCT_SIZE[source.class].shdr, 'section header 0')
  table.seek(elfy.shoff + sizeField)
  // Counts beyond 2^53 lose their last bits here; they do not fit into the file either way.
  const size = Number(readWord(table, source.class))
  const link = table.u32()
  return {
    count: elfy.shnum === 0 ? size : elfy.shnum,
    nameTable: elfy.shstrndx === SHN_XINDEX ? link : elfy.shstrndx,
  }
}

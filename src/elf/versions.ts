import type { Reader } from '../base/reader.ts'
import { SHT_GNU_VERDEF, SHT_GNU_VERNEED, SHT_GNU_VERSYM, SHT_STRTAB } from './constants.ts'
import type { ElfSection } from './elf_file.ts'
import { readerOf, reject, type ElfSource } from './source.ts'
import { StringTable } from './strings.ts'

/** The version of a dynamic symbol: `GLIBC_2.34` of `pthread_create@@GLIBC_2.34`. */
export interface SymbolVersion {
  readonly name: string
  /** Who asks for the symbol without a version gets the 'default' one (`@@`), and never a 'hidden' one (`@`). */
  readonly visibility: 'default' | 'hidden'
}

/** The versions of dynamic symbols, by the symbol's index. */
export type VersionOf = (symbol: number) => SymbolVersion | undefined

/** The upper bit of a `.gnu.version` entry hides the symbol from who asks without a version; the others are the version's number. */
const HIDDEN = 0x8000
const NUMBER = 0x7fff

/** What the numbers of the versions stand for in the file: a section, and where in its structures the fields are. */
interface VersionTable {
  readonly type: number
  /** Bytes of Elfxx_Verdef or Elfxx_Verneed. */
  readonly entrySize: number
  /** Bytes of Elfxx_Verdaux or Elfxx_Vernaux. */
  readonly partSize: number
  /** Adds the names of one entry. */
  readonly read: (entry: Reader, start: number, add: AddName) => void
}

type AddName = (number: number, nameOffset: number) => void

/**
 * The versions that the file defines (`.gnu.version_d`), and those that it needs of other files (`.gnu.version_r`). The
 * structures are the same in both classes (Linux Standard Base Core 5.0, "Symbol Versioning").
 */
const TABLES: readonly VersionTable[] = [
  { type: SHT_GNU_VERDEF, entrySize: 20, partSize: 8, read: readDefinition },
  { type: SHT_GNU_VERNEED, entrySize: 16, partSize: 16, read: readNeed },
]

/**
 * Reads the versions of dynamic symbols; a file without them has none.
 *
 * @param symbolTable The SHT_DYNSYM section.
 * @throws ElfError ELF_TRUNCATED, ELF_BAD_LINK, ELF_BAD_STRING, ELF_TOO_LARGE
 */
export function parseVersions(
  source: ElfSource,
  sections: readonly ElfSection[],
  symbolTable: ElfSection,
): VersionOf {
  const numbers = sections.find(({ type, link }) => type === SHT_GNU_VERSYM && link === symbolTable.index)
  if (numbers === undefined) return () => undefined
  const names = new Map<number, string>()
  for (const table of TABLES) {
    const section = sections.find(({ type }) => type === table.type)
    if (section !== undefined) readNames(source, sections, section, table, names)
  }
  const { name, offset, data } = numbers
  const reader = readerOf(source, { what: 'the versions of symbols', section: name, offset, bytes: data })
  return (symbol) => {
    const number = reader.seek(symbol * 2).u16()
    const version = names.get(number & NUMBER)
    if (version === undefined) return undefined
    return { name: version, visibility: (number & HIDDEN) === 0 ? 'default' : 'hidden' }
  }
}

function readNames(
  source: ElfSource,
  sections: readonly ElfSection[],
  section: ElfSection,
  { entrySize, partSize, read }: VersionTable,
  names: Map<number, string>,
): void {
  const strings = stringsOf(source, sections, section)
  const { name, offset, data } = section
  const reader = readerOf(source, { what: `the versions in ${name}`, section: name, offset, bytes: data })
  let budget = Math.floor(data.length / partSize)
  const add: AddName = (number, nameOffset) => {
    // Entries that share their parts would make more of them than there are bytes.
    if (budget-- <= 0) {
      reject(source, 'ELF_TOO_LARGE', `the versions in ${name} overlap`, { section: name, offset })
    }
    if (!names.has(number)) names.set(number, strings.nameAt(nameOffset, `version ${number}`))
  }
  for (let start = 0; start + entrySize <= data.length;) {
    read(reader, start, add)
    // The last field of both is the distance to the next entry.
    const next = reader.seek(start + entrySize - 4).u32()
    if (next === 0) return
    start += next
  }
}

/** Elfxx_Verdef: of its Elfxx_Verdaux the first is the version, the others are those it follows. */
function readDefinition(reader: Reader, start: number, add: AddName): void {
  const number = reader.seek(start + 4).u16()
  const part = reader.seek(start + 12).u32()
  add(number & NUMBER, reader.seek(start + part).u32())
}

/** Elfxx_Verneed: an Elfxx_Vernaux for each version of one file. */
function readNeed(reader: Reader, start: number, add: AddName): void {
  const count = reader.seek(start + 2).u16()
  let part = start + reader.seek(start + 8).u32()
  for (let index = 0; index < count; index++) {
    const number = reader.seek(part + 6).u16()
    add(number & NUMBER, reader.u32())
    part += reader.u32()
  }
}

function stringsOf(source: ElfSource, sections: readonly ElfSection[], section: ElfSection): StringTable {
  const strings = sections[section.link]
  if (strings?.type === SHT_STRTAB) return new StringTable(source, strings)
  const found = `the names of the versions are said to be in section ${section.link}, which is no string table`
  return reject(source, 'ELF_BAD_LINK', found, { section: section.name, offset: section.offset })
}

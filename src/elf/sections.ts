import type { Reader } from '../base/reader.ts'
import { byteOffset, sectionIndex, type SectionIndex } from '../base/units.ts'
import { SHN_UNDEF, SHT_NOBITS, SHT_NULL, SHT_STRTAB } from './constants.ts'
import type { ElfSection } from './elf_file.ts'
import { elfySections, type ElfySection } from './elfy.ts'
import type { SectionTable } from './header.ts'
import { readerOf, readWord, reject, STRUCT_SIZE, type ElfSource } from './source.ts'
import { StringTable } from './strings.ts'

/**
 * Reads the section header table (gabi 4.3, "Sections"). Every section's data lies within the file.
 *
 * @throws ElfError ELF_TRUNCATED, ELF_TOO_LARGE, ELF_BAD_INDEX, ELF_BAD_LINK, ELF_BAD_STRING
 */
export function parseSections(source: ElfSource, table: SectionTable | undefined): readonly ElfSection[] {
  if (table === undefined) return []
  const raw = elfySections(source.bytes, table.elfy, table.count)
  const reader = readerOf(source, { what: 'the section header table', offset: 0, bytes: source.bytes })
  const sections = raw.map((entry, index) => readSection(source, reader, table, entry, sectionIndex(index)))
  return nameSections(source, table, raw, sections)
}

/**
 * What elfy decodes well comes from `entry`; the rest is read from the same header. The name is filled in
 * later.
 */
function readSection(
  source: ElfSource,
  reader: Reader,
  table: SectionTable,
  entry: ElfySection,
  index: SectionIndex,
): ElfSection {
  const start = table.offset + index * STRUCT_SIZE[source.class].shdr
  reader.seek(start + 4)
  const type = reader.u32()
  const flags = readWord(reader, source.class)
  const address = readWord(reader, source.class)
  reader.seek(start + (source.class === 64 ? 48 : 32))
  const alignment = Number(readWord(reader, source.class))
  const entrySize = Number(readWord(reader, source.class))
  const { link, info } = entry
  return {
    index,
    name: '',
    type,
    flags,
    address,
    ...extentOf(source, entry, { index, type, start }),
    link,
    info,
    alignment,
    entrySize,
  }
}

interface SectionPlace {
  readonly index: SectionIndex
  readonly type: number
  /** Where the section's header starts in the file. */
  readonly start: number
}

function extentOf(
  source: ElfSource,
  entry: ElfySection,
  { index, type, start }: SectionPlace,
): Pick<ElfSection, 'offset' | 'size' | 'data'> {
  const empty = source.bytes.subarray(0, 0)
  // The fields of a null section mean nothing, but in section 0, where extended numbering uses them.
  if (type === SHT_NULL) return { offset: byteOffset(0), size: 0, data: empty }
  const { off, size } = entry
  if (type === SHT_NOBITS) {
    if (Number.isSafeInteger(size) && Number.isSafeInteger(off))
      return { offset: byteOffset(off), size, data: empty }
    reject(source, 'ELF_TOO_LARGE', `section ${index} has ${size} bytes at ${off}: more than 2^53`, {
      offset: start,
    })
  }
  const fileSize = source.bytes.length
  if (off > fileSize || size > fileSize - off) {
    const found = `section ${index} has ${size} bytes from offset ${off} on, the file has ${fileSize} bytes`
    reject(source, 'ELF_TRUNCATED', found, { offset: start })
  }
  return { offset: byteOffset(off), size, data: source.bytes.subarray(off, off + size) }
}

function nameSections(
  source: ElfSource,
  table: SectionTable,
  raw: readonly ElfySection[],
  sections: readonly ElfSection[],
): readonly ElfSection[] {
  if (table.nameTable === SHN_UNDEF) return sections
  const names = sections[table.nameTable]
  const place = { offset: source.class === 64 ? 62 : 50 }
  if (names === undefined) {
    const found = `the section names are said to be in section ${table.nameTable} of ${sections.length}`
    reject(source, 'ELF_BAD_INDEX', found, place)
  }
  if (names.type !== SHT_STRTAB) {
    const found = `the section names are said to be in section ${names.index}, which has type ${names.type}, not SHT_STRTAB`
    reject(source, 'ELF_BAD_LINK', found, place)
  }
  const strings = new StringTable(source, names)
  return sections.map((section) => ({
    ...section,
    name: strings.nameAt(raw[section.index]?.name ?? 0, `section ${section.index}`),
  }))
}

import type { Reader } from '../base/reader.ts'
import { byteOffset, symbolIndex } from '../base/units.ts'
import { SHN_UNDEF, SHT_REL, SHT_RELA, SHT_SYMTAB } from './constants.ts'
import type { ElfRelocation, ElfRelocationSection, ElfSection } from './elf_file.ts'
import { readerOf, readWord, reject, STRUCT_SIZE, type ElfSource } from './source.ts'
import { countEntries } from './tables.ts'

/** What relocations are checked against. */
export interface RelocationContext {
  readonly source: ElfSource
  readonly sections: readonly ElfSection[]
  readonly symbolCount: number
}

/**
 * Reads the SHT_REL and SHT_RELA sections of a relocatable file (gabi 4.3, "Relocation"). Every relocation
 * lies within its target section. In executables and shared libraries `r_offset` is an address and the
 * symbols are the dynamic linker's: not for this function.
 *
 * @throws ElfError ELF_BAD_SIZE, ELF_BAD_LINK, ELF_BAD_INDEX, ELF_BAD_OFFSET, ELF_TOO_LARGE
 */
export function parseRelocations(context: RelocationContext): readonly ElfRelocationSection[] {
  const found = context.sections.filter(({ type }) => type === SHT_REL || type === SHT_RELA)
  checkTotalSize(context.source, found)
  return found.map((section) => readRelocationSection(context, section, targetOf(context, section)))
}

/**
 * Sections of relocations share no bytes. Without this limit, a small file could name the same bytes in
 * thousands of section headers, and each of them would be read into entries of its own.
 */
function checkTotalSize(source: ElfSource, sections: readonly ElfSection[]): void {
  let total = 0
  for (const section of sections) {
    total += section.size
    if (total > source.bytes.length) {
      const found = `up to section ${section.index} relocations take ${total} bytes, more than the file has`
      reject(source, 'ELF_TOO_LARGE', found, { section: section.name, offset: section.offset })
    }
  }
}

/**
 * The section that `section` applies to (`sh_info`). Its symbols must be those of the symbol table
 * (`sh_link`).
 */
function targetOf({ source, sections }: RelocationContext, section: ElfSection): ElfSection {
  const place = { section: section.name, offset: section.offset }
  if (sections[section.link]?.type !== SHT_SYMTAB) {
    const found = `section ${section.name} takes its symbols from section ${section.link}, which is no symbol table`
    reject(source, 'ELF_BAD_LINK', found, place)
  }
  const target = sections[section.info]
  if (target !== undefined && section.info !== SHN_UNDEF) return target
  const found = `section ${section.name} relocates section ${section.info}, the sections are 1 to ${sections.length - 1}`
  return reject(source, 'ELF_BAD_INDEX', found, place)
}

function readRelocationSection(
  context: RelocationContext,
  section: ElfSection,
  target: ElfSection,
): ElfRelocationSection {
  const { source } = context
  const { name, offset, data } = section
  const sizes = STRUCT_SIZE[source.class]
  const count = countEntries(source, section, section.type === SHT_RELA ? sizes.rela : sizes.rel)
  const reader = readerOf(source, { what: `the relocations in ${name}`, section: name, offset, bytes: data })
  const entries = Array.from({ length: count }, (_, index) => {
    const start = offset + reader.position
    const entry = readRelocation(source, reader, section.type)
    const problem = problemOf(context, entry, target)
    if (problem === undefined) return entry
    return reject(source, problem.code, `relocation ${index} of ${name} ${problem.found}`, {
      section: name,
      offset: start,
    })
  })
  return { index: section.index, name, target: target.index, entries }
}

/**
 * `r_info` holds the symbol in its upper and the type in its lower bits: 32 and 32 of them, or 24 and 8 in
 * 32-bit files.
 */
function readRelocation(source: ElfSource, reader: Reader, sectionType: number): ElfRelocation {
  const offset = byteOffset(readNumber(source, reader))
  const { symbol, type } = source.class === 64 ? readInfo64(source, reader) : readInfo32(reader)
  const addend = sectionType === SHT_RELA ? readAddend(source, reader) : undefined
  return { offset, symbol, type, addend }
}

/**
 * A word as a number, rounded beyond 2^53. Two integers of 32 bits, not one of 64: objects have thousands of relocations,
 * and a bigint for each of them adds up.
 */
function readNumber(source: ElfSource, reader: Reader): number {
  if (source.class === 32) return reader.u32()
  const first = reader.u32()
  const second = reader.u32()
  return source.endianness === 'little' ? second * 2 ** 32 + first : first * 2 ** 32 + second
}

type RelocationInfo = Pick<ElfRelocation, 'symbol' | 'type'>

function readInfo32(reader: Reader): RelocationInfo {
  const info = reader.u32()
  return { symbol: symbolIndex(info >>> 8), type: info & 0xff }
}

function readInfo64(source: ElfSource, reader: Reader): RelocationInfo {
  const first = reader.u32()
  const second = reader.u32()
  return source.endianness === 'little'
    ? { symbol: symbolIndex(second), type: first }
    : { symbol: symbolIndex(first), type: second }
}

/** Elf32_Sword or Elf64_Sxword. */
function readAddend(source: ElfSource, reader: Reader): bigint {
  return BigInt.asIntN(source.class, readWord(reader, source.class))
}

function problemOf(
  context: RelocationContext,
  { offset, symbol }: ElfRelocation,
  target: ElfSection,
): { readonly code: 'ELF_BAD_INDEX' | 'ELF_BAD_OFFSET'; readonly found: string } | undefined {
  if (symbol >= context.symbolCount) {
    return { code: 'ELF_BAD_INDEX', found: `is against symbol ${symbol} of ${context.symbolCount}` }
  }
  if (offset >= target.size) {
    const found = `is at ${offset} of section ${target.name}, which has ${target.size} bytes`
    return { code: 'ELF_BAD_OFFSET', found }
  }
  return undefined
}

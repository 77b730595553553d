import type { Observer } from '../base/observer.ts'
import { plainBytes } from '../base/plain_bytes.ts'
import { ET_REL } from './constants.ts'
import type { ElfFile } from './elf_file.ts'
import { parseHeader } from './header.ts'
import { parseRelocations } from './relocations.ts'
import { parseSections } from './sections.ts'
import type { ElfSource } from './source.ts'
import type { ElfStep } from './steps.ts'
import { parseSymbols } from './symbols.ts'

/**
 * Parses an ELF file of either class and byte order, for any machine (System V ABI, "Object Files", gabi
 * 4.3). The result holds views of `bytes`, which must not change as long as it is used.
 *
 * @param bytes the whole file
 * @param name how errors and steps call it, e.g. its path
 * @param observer is told of each section, once its bounds are known to be good
 * @throws ElfError for every malformed file, naming the section and the offset in the file
 */
export function parseElf(bytes: Uint8Array, name: string, observer?: Observer<ElfStep>): ElfFile {
  const { source, file } = parseUpToSections(bytes, name)
  const { sections, type } = file
  for (const { index, name: section, type: sectionType, offset, size } of sections) {
    observer?.({ kind: 'section-read', object: name, index, name: section, type: sectionType, offset, size })
  }
  const symbols = parseSymbols(source, sections)
  const relocations =
    type === ET_REL ? parseRelocations({ source, sections, symbolCount: symbols.length }) : []
  return { ...file, symbols, relocations }
}

/**
 * The same without symbols and relocations, for who wants some section's bytes only: a kernel has a million symbols.
 *
 * @throws ElfError as `parseElf` does
 */
export function parseElfSections(bytes: Uint8Array, name: string): ElfFile {
  return parseUpToSections(bytes, name).file
}

/** What all ways to read a file begin with; the part behind the sections is for the caller to read. */
export function parseUpToSections(
  bytes: Uint8Array,
  name: string,
): { readonly source: ElfSource; readonly file: ElfFile } {
  const { source, type, machine, flags, sectionTable } = parseHeader(plainBytes(bytes), name)
  const sections = parseSections(source, sectionTable)
  const { class: elfClass, endianness } = source
  const file = {
    name,
    endianness,
    class: elfClass,
    type,
    machine,
    flags,
    sections,
    symbols: [],
    relocations: [],
  }
  return { source, file }
}

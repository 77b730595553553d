import { plainBytes } from '../base/plain_bytes.ts'
import { SHT_DYNSYM, SHT_SYMTAB } from './constants.ts'
import type { ElfFile, ElfSection } from './elf_file.ts'
import { FunctionSymbols } from './function_symbols.ts'
import { notesOf, type ElfNote } from './notes.ts'
import { parseUpToSections } from './parse.ts'
import { parseSegments, type ElfSegment } from './segments.ts'
import type { ElfSource } from './source.ts'
import { parseVersions } from './versions.ts'

/**
 * A program or shared library, or the debugging information that was split off from one. Plain values and views of the bytes
 * that were parsed; of its symbols nothing is read before it is asked for.
 */
export interface ElfImage extends Pick<
  ElfFile,
  'name' | 'endianness' | 'class' | 'type' | 'machine' | 'sections'
> {
  /** The whole file. */
  readonly bytes: Uint8Array
  readonly segments: readonly ElfSegment[]
  /**
   * The functions of a symbol table: 'dynamic' are those that the dynamic linker resolves, which no stripping takes away;
   * 'static' all that the linker knew. Undefined where the file has no such table.
   *
   * @throws ElfError ELF_BAD_SIZE, ELF_BAD_LINK, ELF_BAD_STRING, ELF_TRUNCATED, ELF_TOO_LARGE
   */
  readonly functions: (table: 'dynamic' | 'static') => FunctionSymbols | undefined
  /**
   * The notes of all sections of a name, in order.
   *
   * @throws ElfError ELF_TRUNCATED
   */
  readonly notes: (section: string) => readonly ElfNote[]
}

/**
 * Parses an ELF file of either class and byte order, for any machine, as far as probes and stack traces need it.
 *
 * @param bytes the whole file, which must not change as long as the result is used
 * @param name how errors call it, e.g. its path
 * @throws ElfError for malformed headers; tables are checked when they are asked for
 */
export function parseElfImage(bytes: Uint8Array, name: string): ElfImage {
  const { source, file } = parseUpToSections(plainBytes(bytes), name)
  const { endianness, class: elfClass, type, machine, sections } = file
  return {
    name,
    endianness,
    class: elfClass,
    type,
    machine,
    sections,
    bytes: source.bytes,
    segments: parseSegments(source, sections),
    functions: (table) => functionsOf(source, sections, table),
    notes: (section) =>
      sections.filter((each) => each.name === section).flatMap((each) => notesOf(source, each)),
  }
}

function functionsOf(
  source: ElfSource,
  sections: readonly ElfSection[],
  table: 'dynamic' | 'static',
): FunctionSymbols | undefined {
  const wanted = table === 'dynamic' ? SHT_DYNSYM : SHT_SYMTAB
  const section = sections.find(({ type }) => type === wanted)
  if (section === undefined) return undefined
  return table === 'static'
    ? new FunctionSymbols(source, sections, section)
    : new FunctionSymbols(source, sections, section, parseVersions(source, sections, section))
}

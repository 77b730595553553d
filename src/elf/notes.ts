import { SHT_NOTE } from './constants.ts'
import type { ElfSection } from './elf_file.ts'
import { readerOf, type ElfSource } from './source.ts'

/** One note: something that a tool has to say of the file. */
export interface ElfNote {
  /** Whose note it is, e.g. `GNU`; with this name its `type` has a meaning. */
  readonly name: string
  readonly type: number
  /** A view of the file's bytes. */
  readonly description: Uint8Array
  /** Where the description starts in the file. */
  readonly offset: number
}

/**
 * The notes of a section (gabi 4.3, "Note Section"), in order; none where the section is no SHT_NOTE. Names and descriptions
 * are padded to 4 bytes, or to 8 in sections that are aligned so (.note.gnu.property).
 *
 * @throws ElfError ELF_TRUNCATED
 */
export function notesOf(
  source: Pick<ElfSource, 'name' | 'endianness'>,
  section: ElfSection,
): readonly ElfNote[] {
  const { name, offset, data, type } = section
  if (type !== SHT_NOTE) return []
  const reader = readerOf(source, {
    what: `the notes in section ${name}`,
    section: name,
    offset,
    bytes: data,
  })
  const alignment = section.alignment === 8 ? 8 : 4
  const notes: ElfNote[] = []
  // Each turn takes the 12 bytes of a header at least.
  while (reader.remaining > 0) {
    const nameSize = reader.u32()
    const descriptionSize = reader.u32()
    const noteType = reader.u32()
    const owner = reader.take(nameSize, "a note's name")
    skipPadding(alignment)
    const start = offset + reader.position
    const description = reader.take(descriptionSize, "a note's description")
    skipPadding(alignment)
    notes.push({ name: textOf(owner), type: noteType, description, offset: start })
  }
  return notes

  /** The last note of a section may have none. */
  function skipPadding(to: number): void {
    const padding = (to - (reader.position % to)) % to
    reader.skip(Math.min(padding, reader.remaining), 'padding')
  }
}

/** Up to the NUL that ends the name. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end))
}

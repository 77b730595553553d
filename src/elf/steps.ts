import type { ByteOffset, SectionIndex } from '../base/units.ts'

/** What `parseElf` reports while it works. */
export type ElfStep = SectionReadStep

/** A section header was read and its bounds were found good. One step per section, in table order. */
export interface SectionReadStep {
  readonly kind: 'section-read'
  /** The file's name, as `parseElf` was given it. */
  readonly object: string
  readonly index: SectionIndex
  readonly name: string
  /** `sh_type`. */
  readonly type: number
  /** Bytes from the start of the file. */
  readonly offset: ByteOffset
  /** Bytes in memory. */
  readonly size: number
}

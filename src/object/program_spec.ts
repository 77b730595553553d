import type { InsnIndex, SectionIndex } from '../base/units.ts'
import type { FunctionSpec } from './function_spec.ts'
import type { SectionNameResult } from './section_names.ts'

/** A program as the object file holds it: unrelocated, and editable where a caller may have a say. */
export class ProgramSpec implements FunctionSpec {
  readonly name: string
  readonly section: SectionIndex
  readonly sectionName: string
  /** Where in its section the program starts. */
  readonly start: InsnIndex
  /** The instructions, 8 bytes each, a view of the file. */
  readonly insns: Uint8Array
  /** What the section's name says of the program. */
  readonly kind: SectionNameResult
  /** Whether `loadObject` loads the program. */
  autoload: boolean

  constructor(values: Omit<ProgramSpec, 'autoload'>) {
    this.name = values.name
    this.section = values.section
    this.sectionName = values.sectionName
    this.start = values.start
    this.insns = values.insns
    this.kind = values.kind
    this.autoload = values.kind.kind === 'unknown' || values.kind.section.autoload
  }
}

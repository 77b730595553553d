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
  readonly problem: string | undefined
  /** Whether `loadObject` loads the program. Default true, unless the section's name starts with a `?`. */
  autoload: boolean

  constructor(values: FunctionSpec & Pick<ProgramSpec, 'kind'>) {
    this.name = values.name
    this.section = values.section
    this.sectionName = values.sectionName
    this.start = values.start
    this.insns = values.insns
    this.kind = values.kind
    this.problem = values.problem
    this.autoload = !values.sectionName.startsWith('?')
  }
}

import type { InsnIndex, SectionIndex } from '../base/units.ts'

/**
 * A function as the object file holds it: a program, or a subprogram that programs call. Static functions of several
 * source files may share a name; section and start tell them apart.
 */
export interface FunctionSpec {
  readonly name: string
  readonly section: SectionIndex
  readonly sectionName: string
  /** Where in its section the function starts. */
  readonly start: InsnIndex
  /** The instructions, 8 bytes each, a view of the file. */
  readonly insns: Uint8Array
  /** Why the function cannot be used, undefined where it can: its symbol does not tell which instructions are its own. */
  readonly problem?: string | undefined
}

import type { AttachableTarget } from '../object/attach_target.ts'
import type { AttachTypeName, ProgramTypeName } from '../object/section_definitions.ts'
import type { AttachContext } from './attaching.ts'
import type { Link } from './link.ts'

/** Which programs can be attached in one way; the kernel's own answer to others would be EINVAL. */
export interface Suitable {
  readonly programTypes: readonly ProgramTypeName[]
  /** What they are loaded for, undefined for nothing in particular. Default: whatever it is. */
  readonly attachTypes?: readonly (AttachTypeName | undefined)[]
}

/** How programs are attached to targets of one kind. */
export interface Family<Target extends AttachableTarget> extends Suitable {
  readonly attach: (context: AttachContext, target: Target) => Link
}

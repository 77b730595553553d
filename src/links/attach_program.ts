import type { AttachableTarget, AttachTarget, AttachTargets } from '../object/attach_target.ts'
import type { ProgramTypeName } from '../object/section_definitions.ts'
import { AttachError } from './attach_error.ts'
import { attachTracepoint } from './attach_tracepoint.ts'
import type { AttachContext } from './attaching.ts'
import type { Link } from './link.ts'

/** How programs are attached to targets of one kind. */
interface Family<Target extends AttachableTarget> {
  /** Types of programs that can be attached so; the kernel's own answer to others would be EINVAL. */
  readonly programTypes: readonly ProgramTypeName[]
  readonly attach: (context: AttachContext, target: Target) => Link
}

const families: { readonly [Kind in keyof AttachTargets]: Family<AttachTargets[Kind]> } = {
  tracepoint: { programTypes: ['BPF_PROG_TYPE_TRACEPOINT'], attach: attachTracepoint },
}

/**
 * Attaches a program.
 *
 * @param target What to. Default: what its section's name says.
 * @throws AttachError 'ATTACH_NO_TARGET' where the name does not say it; 'ATTACH_WRONG_PROGRAM' where programs of this type
 *   are attached to other things; 'ATTACH_FAILED', whose cause is a PermissionError where a right is missing; BpfError
 *   'DESCRIPTOR_CLOSED' where the program was closed.
 */
export function attachProgram(
  context: AttachContext,
  target: AttachTarget = context.program.section.attachTarget,
): Link {
  if (target.kind === 'none') throw noTarget(context, ' does not say what to; name the target')
  if (target.kind === 'unsupported') throw noTarget(context, ` names no target: ${target.why}`)
  return attachTo(context, target.kind, target)
}

function attachTo<Kind extends keyof AttachTargets>(
  context: AttachContext,
  kind: Kind,
  target: AttachTargets[Kind],
): Link {
  const family: Family<AttachTargets[Kind]> = families[kind]
  requireProgramType(context, kind, family.programTypes)
  return family.attach(context, target)
}

function requireProgramType(
  { program: { name, section } }: AttachContext,
  kind: string,
  programTypes: readonly ProgramTypeName[],
): void {
  const { programType } = section.definition
  if (programTypes.includes(programType)) return
  throw new AttachError(
    'ATTACH_WRONG_PROGRAM',
    `cannot attach program ${name} to a ${kind}: its section '${section.name}' makes it a ${programType}, and only ` +
      `${programTypes.join(' and ')} can be attached to one`,
    { program: name, section: section.name },
  )
}

function noTarget({ program: { name, section } }: AttachContext, why: string): AttachError {
  return new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${name}: its section '${section.name}'${why}`,
    {
      program: name,
      section: section.name,
    },
  )
}

import { BpfError, type BpfErrorOptions } from '../base/errors.ts'
import { explainPermission, type RefusedCall, suspectPermission } from './permission_causes.ts'
import { type PermissionFacts, readPermissionFacts } from './permission_facts.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * Why the kernel does not permit something. A BPF loader is refused for many reasons and with two errnos, so the
 * explanation compares what the call needs with what this process has. Facts are read by `readPermissionFacts`; what
 * follows from them is computed by pure functions of `permission_causes.ts`.
 */

/** The kernel did not permit it; `missing` names the capabilities that would have helped, if it was them. */
export class PermissionError extends BpfError {
  declare readonly code: 'NOT_PERMITTED'
  readonly missing: readonly string[]

  constructor(message: string, missing: readonly string[], options: BpfErrorOptions = {}) {
    super('NOT_PERMITTED', message, options)
    this.missing = missing
  }
}

/**
 * Makes of a system call's EPERM or EACCES an error that says what is missing and what to do; undefined where `error` is
 * something else. The verifier answers EACCES to programs that it rejects, so EACCES counts only if something indeed is
 * missing.
 *
 * @param purpose The most demanding call of what is being done, where that is another one: the error then names what all
 *   of it needs, so that nobody has to find out one capability at a time.
 */
export function permissionErrorFor(
  error: unknown,
  facts: PermissionFacts = readPermissionFacts(),
  purpose?: RefusedCall,
): PermissionError | undefined {
  if (!(error instanceof SyscallError)) return undefined
  if (error.errnoName !== 'EPERM' && error.errnoName !== 'EACCES') return undefined
  const certain = explainPermission(purpose ?? error, facts)
  if (error.errnoName === 'EACCES' && certain.reasons.length === 0) return undefined

  const { reasons, remedy } = certain.reasons.length > 0 ? certain : suspectPermission(error, facts)
  const call = error.command ?? error.syscall
  const advice = remedy === undefined ? '' : `; ${remedy}`
  const message = `${call} is not permitted (${error.errnoName}): ${reasons.join(', ')}${advice}`
  return new PermissionError(message, certain.missing, { cause: error })
}

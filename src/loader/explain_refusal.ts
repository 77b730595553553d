import {
  explainPermission,
  PermissionError,
  permissionErrorFor,
  readPermissionFacts,
} from '../kernel/capabilities.ts'
import type { SyscallError } from '../kernel/syscall_error.ts'

/**
 * Throws where the kernel refused a call for want of a capability, or because capabilities count for nothing in the user
 * namespace of this process. Anything else is the caller's to explain: EPERM alone may be the verifier's verdict as well.
 *
 * The first call of a load that is refused often needs less than the load as a whole. The error names what all of it
 * needs, so that nobody has to find out one capability at a time.
 *
 * @param tried What the call was to do, e.g. `create map rb`.
 * @throws PermissionError
 */
export function explainRefusal(error: SyscallError, tried: string): void {
  const facts = readPermissionFacts()
  const refusal = permissionErrorFor(error, facts)
  const powerless = error.errnoName === 'EPERM' && facts.initialUserNamespace === false
  if (refusal === undefined || (refusal.missing.length === 0 && !powerless)) return
  const { missing } = explainPermission({ ...error, command: 'BPF_PROG_LOAD' }, facts)
  throw new PermissionError(`cannot ${tried}: ${refusal.message}`, missing, { cause: error })
}

/**
 * Throws where the kernel refused a call with EPERM and had nothing to say about it: then it was no verdict on the object,
 * but a security module or a seccomp filter that forbids the call.
 *
 * @throws PermissionError
 */
export function explainSilentRefusal(error: SyscallError, tried: string): void {
  explainRefusal(error, tried)
  const refusal = error.errnoName === 'EPERM' ? permissionErrorFor(error) : undefined
  if (refusal === undefined) return
  throw new PermissionError(`cannot ${tried}: ${refusal.message}`, refusal.missing, { cause: error })
}

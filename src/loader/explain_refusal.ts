import { PermissionError, permissionErrorFor, readPermissionFacts } from '../kernel/capabilities.ts'
import type { SyscallError } from '../kernel/syscall_error.ts'

/** Of all calls of a load, this one needs the most. */
const LOAD = { syscall: 'bpf', command: 'BPF_PROG_LOAD', errnoName: 'EPERM' } as const

/**
 * Throws where the kernel refused a call for want of a capability, or because capabilities count for nothing in the user
 * namespace of this process: the checks of bpf(2) answer EPERM (kernel/bpf/syscall.c, Linux 6.18). Anything else is the
 * caller's to explain; EACCES is how the verifier refuses a program, whoever asks.
 *
 * The first call of a load that is refused often needs less than the load as a whole. The error names what all of it
 * needs, so that nobody has to find out one capability at a time.
 *
 * @param tried What the call was to do, e.g. `create map rb`.
 * @throws PermissionError
 */
export function explainRefusal(error: SyscallError, tried: string): void {
  if (error.errnoName !== 'EPERM') return
  const facts = readPermissionFacts()
  const refusal = permissionErrorFor(error, facts, LOAD)
  const powerless = facts.initialUserNamespace === false
  if (refusal === undefined || (refusal.missing.length === 0 && !powerless)) return
  throw new PermissionError(`cannot ${tried}: ${refusal.message}`, refusal.missing, { cause: error })
}

/**
 * Throws where the kernel refused a call with EPERM or EACCES and had nothing to say about it: then it was no verdict on
 * the object. Where no capability is missing, a security module or a seccomp filter forbids the call.
 *
 * @throws PermissionError
 */
export function explainSilentRefusal(error: SyscallError, tried: string): void {
  explainRefusal(error, tried)
  const refusal = permissionErrorFor(error)
  if (refusal === undefined) return
  throw new PermissionError(`cannot ${tried}: ${refusal.message}`, refusal.missing, { cause: error })
}

import { PermissionError, permissionErrorFor } from '../kernel/capabilities.ts'
import type { RefusedCall } from '../kernel/permission_causes.ts'
import { readPermissionFacts } from '../kernel/permission_facts.ts'
import type { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { requiredCapabilities } from './required_capabilities.ts'

/** What is loaded, as far as it matters to what may be missing. */
export type LoadedThing = Pick<RelocatedObject, 'programs' | 'maps'>

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
export function explainRefusal(error: SyscallError, tried: string, object: LoadedThing): void {
  if (error.errnoName !== 'EPERM') return
  const facts = readPermissionFacts()
  const refusal = permissionErrorFor(error, facts, loadOf(error, object))
  const powerless = facts.initialUserNamespace === false
  if (refusal === undefined || (refusal.missing.length === 0 && !powerless)) return
  throw new PermissionError(`cannot ${tried}: ${refusal.message}`, refusal.missing, { cause: error })
}

/**
 * Throws where the kernel refused a call with EPERM or EACCES and had nothing to say about it: then it was no verdict on
 * the object. Where no capability is missing, something else forbids the call, which the error names.
 *
 * @throws PermissionError
 */
export function explainSilentRefusal(error: SyscallError, tried: string, object: LoadedThing): void {
  explainRefusal(error, tried, object)
  const refusal = permissionErrorFor(error, readPermissionFacts(), loadOf(error, object))
  if (refusal === undefined) return
  throw new PermissionError(`cannot ${tried}: ${refusal.message}`, refusal.missing, { cause: error })
}

/** Of all calls of a load, loading a program needs the most; a map may be refused for reasons that no program is. */
function loadOf({ command }: SyscallError, object: LoadedThing): RefusedCall {
  return {
    syscall: 'bpf',
    command: command === 'BPF_MAP_CREATE' ? command : 'BPF_PROG_LOAD',
    errnoName: 'EPERM',
    needs: requiredCapabilities(object),
  }
}

import { BpfError } from '../../base/errors.ts'
import { identityOf } from '../identity.ts'
import type { Kernel } from '../kernel.ts'
import { SyscallError } from '../syscall_error.ts'

/**
 * What a probe found out. Asking may itself be impossible, for instance without the right to; that is not the same as a
 * feature that is not there.
 */
export type ProbeOutcome =
  | { readonly kind: 'there' }
  | { readonly kind: 'not there' }
  | { readonly kind: 'could not be asked'; readonly why: BpfError }

export const THERE: ProbeOutcome = { kind: 'there' }
export const NOT_THERE: ProbeOutcome = { kind: 'not there' }

/**
 * A probe that asks once per kernel and keeps the answer. `ask` returns one, or throws: an error that is in `refusals`
 * means that the feature is not there, any other BpfError that it could not be asked.
 */
export function probe(
  refusals: readonly string[],
  ask: (kernel: Kernel) => ProbeOutcome,
): (kernel: Kernel) => ProbeOutcome {
  const outcomes = new WeakMap<Kernel, ProbeOutcome>()
  return (kernel) => {
    const known = outcomes.get(identityOf(kernel))
    if (known !== undefined) return known
    const outcome = askSafely(refusals, ask, kernel)
    // What could not be asked now, for want of memory or descriptors, may be answered the next time.
    if (outcome.kind !== 'could not be asked') outcomes.set(identityOf(kernel), outcome)
    return outcome
  }
}

function askSafely(
  refusals: readonly string[],
  ask: (kernel: Kernel) => ProbeOutcome,
  kernel: Kernel,
): ProbeOutcome {
  try {
    return ask(kernel)
  } catch (error) {
    if (error instanceof SyscallError && refusals.includes(error.errnoName)) return NOT_THERE
    if (error instanceof BpfError) return { kind: 'could not be asked', why: error }
    throw error
  }
}

import { SyscallError } from '../kernel/syscall_error.ts'
import { AttachError, type AttachErrorCode } from './attach_error.ts'
import type { AttachContext } from './attaching.ts'

/** What an errno means that says something else, or more, here than elsewhere. */
export interface Refusal {
  readonly code: AttachErrorCode
  /** What was found and what to do, as a clause. */
  readonly why: string | ((error: SyscallError) => string)
}

/** By errno name. */
export type Refusals = Readonly<Partial<Record<string, Refusal>>>

/**
 * Issues a call whose answers are known to mean something.
 *
 * @throws AttachError for an errno that `refusals` explains, with the SyscallError as its cause; anything else as it is.
 */
export function explaining<Result>(
  { program: { name, section } }: AttachContext,
  target: string,
  refusals: Refusals,
  issue: () => Result,
): Result {
  try {
    return issue()
  } catch (cause) {
    const refusal = cause instanceof SyscallError ? refusals[cause.errnoName] : undefined
    if (!(cause instanceof SyscallError) || refusal === undefined) throw cause
    const why = typeof refusal.why === 'string' ? refusal.why : refusal.why(cause)
    throw new AttachError(
      refusal.code,
      `cannot attach program ${name} to ${target}: ${why} (${cause.message})`,
      {
        program: name,
        section: section.name,
        cause,
      },
    )
  }
}

/** Runs `issue`, which may be answered with one of these errnos where what it takes away is gone already. */
export function unlessGone(errnoNames: readonly string[], issue: () => void): void {
  try {
    issue()
  } catch (error) {
    if (!(error instanceof SyscallError) || !errnoNames.includes(error.errnoName)) throw error
  }
}

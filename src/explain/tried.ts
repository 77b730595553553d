import { BpfError } from '../base/errors.ts'

/** What `attempt` gives, or something in its stead where the object makes no sense: an explanation goes on without that part. */
export function tried<Result>(instead: Result, attempt: () => Result): Result {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof BpfError) return instead
    throw error
  }
}

/** What `closeAll` closes. */
interface Closable {
  close(): void
}

interface AsyncClosable {
  closeAsync(): Promise<void>
}

/** Closes everything, in order, whatever happens on the way; then throws what went wrong first, if anything did. */
export function closeAll(closables: Iterable<Closable>): void {
  const errors: unknown[] = []
  for (const closable of closables) {
    try {
      closable.close()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** Starts to close everything at once, waits for all of it, then throws what went wrong first, if anything did. */
export async function closeAllAsync(closables: Iterable<AsyncClosable>): Promise<void> {
  const outcomes = await Promise.allSettled([...closables].map((closable) => closable.closeAsync()))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** Milliseconds: what setTimeout takes. */
const MAX_TIMEOUT = 0x7fff_ffff

/** Ticks every so many seconds, and once more when `signal` aborts; at the end only, where the interval is undefined. */
export async function* ticks(
  seconds: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  while (!signal.aborted) {
    await pause(seconds, signal)
    yield
  }
}

/** Resolves when so many seconds have passed or the signal aborts. */
export function pause(seconds: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    // Somebody has to keep the process alive until a signal comes.
    const timer = setTimeout(done, Math.min((seconds ?? Infinity) * 1000, MAX_TIMEOUT))
    signal.addEventListener('abort', done)
  })
}

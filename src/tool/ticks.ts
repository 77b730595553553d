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
      callOff()
      signal.removeEventListener('abort', done)
      resolve()
    }
    // Somebody has to keep the process alive until a signal comes.
    const callOff = after(seconds ?? Infinity, done)
    signal.addEventListener('abort', done)
  })
}

/**
 * Does something once, when so many seconds have passed: more than setTimeout takes, too, which fires at once then.
 *
 * @returns Calls it off.
 */
export function after(seconds: number, action: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const wait = (milliseconds: number): void => {
    const left = milliseconds - MAX_TIMEOUT
    if (left <= 0) timer = setTimeout(action, milliseconds)
    else
      timer = setTimeout(() => {
        wait(left)
      }, MAX_TIMEOUT)
  }
  wait(seconds * 1000)
  return () => {
    clearTimeout(timer)
  }
}

import type { Writable } from 'node:stream'
import { BpfError } from '../base/errors.ts'

/** What was to be printed could not be written, e.g. for want of space. */
export class OutputError extends BpfError {
  declare readonly code: 'OUTPUT_FAILED'
}

/** After any of these there is no need to wait, or no sense in it. */
const DRAINED_EVENTS = ['drain', 'close', 'error'] as const

/**
 * Collects lines and writes them once per turn of the event loop: a burst of a thousand events is a few system calls
 * instead of a thousand. Where the output takes no more, `onClosed` is called once, and whatever is written afterwards is
 * dropped: the reader on the other end went away (`| head -3`), or `failure` says what is wrong.
 */
export class LineWriter {
  readonly #output: Writable
  #lines = ''
  #scheduled = false
  #closed = false
  #failure: OutputError | undefined

  constructor(output: Writable, onClosed: () => void) {
    this.#output = output
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#closed) return
      this.#closed = true
      if (error.code !== 'EPIPE') this.#failure = outputError(error)
      onClosed()
    })
  }

  /** Why the output took no more, unless it was just closed. */
  get failure(): OutputError | undefined {
    return this.#failure
  }

  write(line: string): void {
    this.#lines += line
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.flush()
    })
  }

  /** Writes what was collected, at once. */
  flush(): void {
    this.#scheduled = false
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '' && !this.#closed) this.#output.write(lines)
  }

  /** Writes what was collected, and resolves when all of it is out, or when it is known that it cannot be. */
  async written(): Promise<void> {
    this.flush()
    if (this.#closed) return
    // The error's event comes after the call back of the write that failed.
    await new Promise<void>((resolve) => this.#output.write('', () => setImmediate(resolve)))
  }

  /**
   * Resolves when the output has taken what it was given, so that a slow reader slows us down and not our memory up. Or
   * when `signal` aborts: a reader that has stopped reading does not keep the programs attached.
   */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#output.writableNeedDrain && !this.#closed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          for (const event of DRAINED_EVENTS) this.#output.off(event, done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        for (const event of DRAINED_EVENTS) this.#output.on(event, done)
        signal.addEventListener('abort', done)
      })
    }
  }
}

/** What is wrong with standard output, for people. */
export function outputError(cause: NodeJS.ErrnoException): OutputError {
  const message = `cannot write to standard output: ${cause.message}; check where the output is redirected to`
  return new OutputError('OUTPUT_FAILED', message, { cause })
}

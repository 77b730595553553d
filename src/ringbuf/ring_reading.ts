import type { Ring, RingPlace } from './ring.ts'
import type { RingWaiter } from './ring_waiter.ts'

/** How a ring buffer is read from the event loop. */
export interface ReadOptions {
  /** Ends the reading after everything that is in the buffer at that moment was handed over. */
  readonly signal?: AbortSignal | undefined
  /** Records handed over at most before the event loop gets its turn. Default 512. */
  readonly batch?: number | undefined
}

/** Turns of the event loop for which a reading that was aborted waits for a record that is still BUSY. */
const BUSY_TURNS = 100

/**
 * One reading of a ring buffer, from its begin to its abort or to the closing of the buffer. `turn()` paces it: a batch
 * of records for each turn of the event loop, so that a producer which is faster than the reader does not starve timers
 * and sockets, and a wait where there is no record.
 */
export class RingReading {
  readonly #ring: Ring
  readonly #waiter: RingWaiter
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = (): void => {
    this.#abort()
  }
  /** Records handed over at most before the event loop gets its turn. */
  readonly batch: number
  /** Where the producer was when the abort came. */
  #end: RingPlace | undefined
  #busyTurns = 0
  #closed = false

  constructor(ring: Ring, waiter: RingWaiter, batch: number, signal: AbortSignal | undefined) {
    this.batch = batch
    this.#ring = ring
    this.#waiter = waiter
    this.#signal = signal
    if (signal?.aborted === true) this.#abort()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Whether no record is to be handed over any more. */
  get ended(): boolean {
    if (this.#closed) return true
    return this.#end !== undefined && this.#ring.hasConsumed(this.#end)
  }

  /** Resolves in another turn of the event loop: true when there may be records, false when the reading has ended. */
  async turn(): Promise<boolean> {
    if (this.ended) return false
    if (this.#ring.ready) await nextTurn()
    else if (this.#end === undefined) await this.#waiter.wait()
    else if (this.#busyTurns++ < BUSY_TURNS) await nextTurn()
    else return false
    return !this.ended
  }

  /** Ends the reading. The ring is not touched any more. */
  close(): void {
    this.#closed = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#waiter.close()
  }

  #abort(): void {
    this.#end = this.#ring.producerPlace
    this.#waiter.wake()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

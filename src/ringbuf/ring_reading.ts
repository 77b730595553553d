import type { RecordQueue } from './record_queue.ts'
import type { RingWaiter } from './ring_waiter.ts'

/** How a ring buffer is read from the event loop. */
export interface ReadOptions {
  /** Ends the reading after everything that is in the buffer at that moment was handed over. */
  readonly signal?: AbortSignal | undefined
  /**
   * Records handed over at most before the event loop gets its turn. Default: with a callback what there is for 2 milliseconds,
   * and 512 records with `for await`.
   */
  readonly batch?: number | undefined
}

/** What a reading asks of what it reads. */
type ReadQueue = Pick<RecordQueue, 'ready' | 'mark'>

/** Records between two looks at the clock. */
const DEFAULT_BATCH = 512

/** Milliseconds of a turn of the event loop. A turn costs about as much as 300 records, however few it hands over. */
const TURN = 2

/** Turns of the event loop for which a reading that was aborted waits for a record that is still BUSY. */
const BUSY_TURNS = 100

/**
 * One reading of a ring buffer, from its begin to its abort or to the closing of the buffer. `turn()` paces it: some
 * records for each turn of the event loop, so that a producer which is faster than the reader does not starve timers
 * and sockets, and a wait where there is no record.
 */
export class RingReading {
  readonly #queue: ReadQueue
  readonly #waiter: RingWaiter
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = (): void => {
    this.#abort()
  }
  /** Records handed over at once. */
  readonly batch: number
  readonly #hasDeadline: boolean
  /** When the event loop gets its turn, by `performance.now()`. */
  #deadline = 0
  /** Tells whether what was there when the abort came was consumed. */
  #isDone: (() => boolean) | undefined
  #busyTurns = 0
  #closed = false

  constructor(queue: ReadQueue, waiter: RingWaiter, { batch, signal }: ReadOptions) {
    this.batch = batch ?? DEFAULT_BATCH
    this.#hasDeadline = batch === undefined
    this.#queue = queue
    this.#waiter = waiter
    this.#signal = signal
    if (signal?.aborted === true) this.#abort()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Whether no record is to be handed over any more. */
  get ended(): boolean {
    if (this.#closed) return true
    return this.#isDone !== undefined && this.#isDone()
  }

  /** Resolves in another turn of the event loop: true when there may be records, false when the reading has ended. */
  async turn(): Promise<boolean> {
    if (this.ended) return false
    if (this.#queue.ready) await nextTurn()
    else if (this.#isDone === undefined) await this.#waiter.wait()
    else if (this.#busyTurns++ < BUSY_TURNS) await nextTurn()
    else return false
    if (this.#hasDeadline) this.#deadline = performance.now() + TURN
    return !this.ended
  }

  /** Whether another batch may be handed over before the event loop gets its turn. */
  get hasTime(): boolean {
    return this.#hasDeadline && performance.now() < this.#deadline && !this.ended
  }

  /** Ends the reading. The ring is not touched any more. */
  close(): void {
    this.#closed = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#waiter.close()
  }

  #abort(): void {
    this.#isDone = this.#queue.mark()
    this.#waiter.wake()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

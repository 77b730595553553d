import type { RingReading } from './ring_reading.ts'

/** Where an iterator gets its records from: the ring buffer that made it. */
export interface RecordSource<T> {
  /** Throws if reading cannot begin. */
  readonly begin: () => RingReading
  readonly end: (reading: RingReading) => void
  /** Takes the next record out of the buffer; undefined if there is none that is finished. */
  readonly take: () => IteratorYieldResult<T> | undefined
}

const DONE: IteratorReturnResult<void> = { value: undefined, done: true }

/**
 * What `for await` reads records with. An async generator would do nearly the same, but its `return()` would wait, while a
 * `next()` waits, for a record that may never come; here it ends that `next()`. And it would take three turns of the
 * microtask queue for each record; here one that is there comes in a promise that is resolved already.
 *
 * Reading begins with the first `next()`. Calls that come while one waits get their records in the order of the calls.
 */
export class RecordIterator<T> implements AsyncGenerator<T, void, undefined> {
  readonly #source: RecordSource<T>
  #reading: RingReading | undefined
  #ended = false
  /** Records that may be handed over in this turn of the event loop. */
  #left = 0
  /** Calls of next() that wait. */
  #waiting = 0
  /** Settles after the last of them. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(source: RecordSource<T>) {
    this.#source = source
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#waiting > 0) return this.#queue()
    try {
      const result = this.#takeNow()
      return result === undefined ? this.#queue() : Promise.resolve(result)
    } catch (error) {
      return this.throw(error)
    }
  }

  /** Ends the reading. What was not handed over stays in the buffer. */
  return(): Promise<IteratorReturnResult<void>> {
    this.#end()
    return Promise.resolve(DONE)
  }

  /** Ends the reading and rejects with `error`. */
  throw(error: unknown): Promise<never> {
    this.#end()
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a decoder or a caller threw
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** The next result if it is known without waiting. */
  #takeNow(): IteratorResult<T, void> | undefined {
    if (this.#ended) return DONE
    this.#reading ??= this.#source.begin()
    if (this.#left === 0 || this.#reading.ended) return undefined
    this.#left--
    return this.#source.take()
  }

  /** A result that comes later, after those of the calls that wait already. */
  #queue(): Promise<IteratorResult<T, void>> {
    const result = this.#waiting === 0 ? this.#wait() : this.#last.then(() => this.#wait())
    this.#waiting++
    this.#last = result.then(ignore, ignore)
    return result
  }

  async #wait(): Promise<IteratorResult<T, void>> {
    try {
      for (;;) {
        const result = this.#takeNow()
        if (result !== undefined) return result
        const reading = this.#reading
        if (reading === undefined || !(await reading.turn())) return await this.return()
        this.#left = reading.batch
      }
    } catch (error) {
      return await this.throw(error)
    } finally {
      this.#waiting--
    }
  }

  #end(): void {
    this.#ended = true
    const reading = this.#reading
    this.#reading = undefined
    if (reading !== undefined) this.#source.end(reading)
  }
}

function ignore(): void {
  return undefined
}

import type { Fd } from '../base/units.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { RecordIterator } from './record_iterator.ts'
import type { RecordQueue, RecordVisitor } from './record_queue.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import { RingReading, type ReadOptions } from './ring_reading.ts'
import type { RecordDecoder, RingRecord } from './ring_record.ts'
import { RingWaiter, type WaitTarget } from './ring_waiter.ts'

/** What a reader reads, and what it gives back at its end. */
export interface ReaderParts<Origin> {
  readonly queue: RecordQueue<Origin>
  /** What poll(2) is asked about new records. */
  readonly descriptors: readonly Fd[]
  readonly readable: WaitTarget['readable']
  /** Called once, when nothing reads the memory any more. */
  readonly release: () => void
  /** As errors call it, e.g. `ring buffer`. */
  readonly what: string
  /** The map's name. */
  readonly map: string | undefined
}

/** What a group of readers needs of one of them. */
export interface LentReader {
  readonly kernel: Kernel
  readonly descriptors: readonly Fd[]
  /** Ends the loan. */
  readonly giveBack: () => void
}

interface Closable {
  close(): void
}

/**
 * What all readers of records have in common. Records stay in the kernel's buffer until they are asked for, so a reader that
 * is slow costs no memory here.
 *
 * There are three ways to read: `consume()` now and synchronously, `forEach()` with a callback, and `records()` for
 * `for await`. Only one forEach() or records() at a time; consume() may come in between, but not from a callback.
 */
export class RecordReader<Origin = void> implements Disposable {
  readonly #kernel: Kernel
  readonly #parts: ReaderParts<Origin>
  readonly #waiter: RingWaiter
  #reading: Closable | undefined
  #closed = false

  constructor(kernel: Kernel, parts: ReaderParts<Origin>) {
    this.#kernel = kernel
    this.#parts = parts
    const { queue, descriptors, readable } = parts
    this.#waiter = new RingWaiter(kernel, { descriptors, readable, isReady: () => queue.ready })
  }

  /**
   * For a group of readers alone: lends the reading of `reader` to `borrower`, which is closed where the reader is. Nobody else
   * begins a forEach() or records() of it until it is given back.
   *
   * @throws RingBufferError RINGBUF_CLOSED, RINGBUF_IN_USE
   */
  static lend<Origin>(reader: RecordReader<Origin>, borrower: Closable): LentReader {
    reader.#requireFree()
    reader.#reading = borrower
    const giveBack = (): void => {
      reader.#reading = undefined
    }
    return { kernel: reader.#kernel, descriptors: reader.#parts.descriptors, giveBack }
  }

  /** For a group of readers alone: what `reader` reads; undefined once it is closed, when nobody may touch it. */
  static queueOf<Origin>(reader: RecordReader<Origin>): RecordQueue<Origin> | undefined {
    return reader.#closed ? undefined : reader.#parts.queue
  }

  get closed(): boolean {
    return this.#closed
  }

  /** How many times the kernel woke the reader. */
  protected get wakeups(): number {
    return this.#waiter.wakeups
  }

  /**
   * Calls `visitor` with each record that is in the buffer now, at most `limit` of them, and returns how many it was
   * called with. Ends early at a record that its producer has not committed yet. If `visitor` throws, so does this; the
   * record that it threw on is consumed, those behind it stay.
   *
   * @throws RingBufferError RINGBUF_CLOSED after close(), RINGBUF_IN_USE from within a callback of this reader,
   * RINGBUF_CORRUPT if the shared memory contradicts itself.
   */
  consume(visitor: RecordVisitor<Origin>, limit = Infinity): number {
    this.requireOpen()
    try {
      return this.#parts.queue.drain(visitor, limit)
    } finally {
      this.#releaseIfClosed()
    }
  }

  /**
   * Calls `visitor` with each record as it comes. Resolves after the signal's abort, once everything that was in the
   * buffer at that moment was visited, or after close(). Rejects with what `visitor` throws; reading can begin anew.
   *
   * @throws RingBufferError as `consume`; RINGBUF_IN_USE also if another forEach() or records() is reading.
   */
  async forEach(visitor: RecordVisitor<Origin>, options: ReadOptions = {}): Promise<void> {
    const reading = this.#begin(options)
    try {
      while (await reading.turn()) {
        while (this.consume(visitor, reading.batch) === reading.batch && reading.hasTime);
      }
    } finally {
      this.#end(reading)
    }
  }

  /**
   * Each record as `decoder` makes it, as it comes. A record is decoded and leaves the buffer only when it is asked for:
   * breaking out of `for await` loses none. The end is as `forEach()`'s; `return()` ends a `next()` that waits. If the
   * decoder throws, so does the iteration, and the record that it threw on is consumed.
   *
   * @throws RingBufferError as `forEach`, at the first record that is asked for.
   */
  records<T>(decoder: RecordDecoder<T>, options: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    return this.values((record) => record.decode(decoder), options)
  }

  /** As `records()`, with what `read` makes of each record. It must not keep the record. */
  values<T>(
    read: (record: RingRecord, origin: Origin) => T,
    options: ReadOptions = {},
  ): AsyncGenerator<T, void, undefined> {
    let taken: IteratorYieldResult<T> | undefined
    const visitor: RecordVisitor<Origin> = (record, origin) => {
      taken = { value: read(record, origin), done: false }
    }
    return new RecordIterator({
      begin: () => this.#begin(options),
      end: (reading) => {
        this.#end(reading)
      },
      take: () => {
        taken = undefined
        this.consume(visitor, 1)
        return taken
      },
    })
  }

  /**
   * Ends every reading and unmaps the memory. From within a callback, the unmapping waits until the callback has
   * returned, which is then the last one. What is still in the buffer stays there. A second call does nothing.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#reading?.close()
    this.#waiter.close()
    this.#parts.queue.interrupt()
    this.#releaseIfClosed()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @throws RingBufferError RINGBUF_CLOSED */
  protected requireOpen(): void {
    if (!this.#closed) return
    const { what, map } = this.#parts
    throw new RingBufferError('RINGBUF_CLOSED', `cannot read the ${what}: it was closed`, { map })
  }

  #begin(options: ReadOptions): RingReading {
    if (options.batch !== undefined) this.#checkBatch(options.batch)
    this.#requireFree()
    const reading = new RingReading(this.#parts.queue, this.#waiter, options)
    this.#reading = reading
    return reading
  }

  #requireFree(): void {
    this.requireOpen()
    if (this.#reading === undefined) return
    const { what, map } = this.#parts
    throw new RingBufferError(
      'RINGBUF_IN_USE',
      `cannot read the ${what}: another forEach() or records() is reading it, or a group. End that one first`,
      { map },
    )
  }

  #end(reading: RingReading): void {
    reading.close()
    this.#reading = undefined
  }

  #releaseIfClosed(): void {
    if (this.#closed && !this.#parts.queue.draining) this.#parts.release()
  }

  #checkBatch(batch: number): void {
    if (Number.isSafeInteger(batch) && batch > 0) return
    const { what, map } = this.#parts
    throw new RingBufferError(
      'RINGBUF_BAD_ARGUMENT',
      `cannot read the ${what} in batches of ${batch} records: pass a positive integer`,
      { map },
    )
  }
}

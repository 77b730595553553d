import type { Kernel } from '../kernel/kernel.ts'
import { RecordIterator } from './record_iterator.ts'
import { Ring, type RecordVisitor, type RingCounts } from './ring.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import { mapRing, type RingBufferMap, type RingMapping } from './ring_mapping.ts'
import { RingReading, type ReadOptions } from './ring_reading.ts'
import type { RecordDecoder } from './ring_record.ts'
import { RingWaiter } from './ring_waiter.ts'

/** What a ring buffer's reader has seen. */
export interface RingStatistics extends RingCounts {
  /** How many times the kernel woke the reader. */
  readonly wakeups: number
  /** Bytes in the buffer now, headers and padding included; 0 after close(). */
  readonly available: number
}

const DEFAULT_BATCH = 512

/**
 * The user's end of a BPF_MAP_TYPE_RINGBUF map (Linux 5.8).
 *
 * Records stay in the kernel's buffer until they are asked for, so a reader that is slow costs no memory here; the
 * buffer fills, and the programs' `bpf_ringbuf_reserve` fails, which they should count. Records committed with
 * BPF_RB_NO_WAKEUP do not end a wait; the next wakeup, or `consume()`, finds them.
 *
 * There are three ways to read: `consume()` now and synchronously, `forEach()` with a callback, and `records()` for
 * `for await`. Only one forEach() or records() at a time; consume() may come in between, but not from a callback.
 */
export class RingBuffer implements Disposable {
  readonly #mapping: RingMapping
  readonly #ring: Ring
  readonly #waiter: RingWaiter
  readonly #map: string | undefined
  #reading: RingReading | undefined
  #closed = false

  private constructor(kernel: Kernel, map: RingBufferMap) {
    this.#mapping = mapRing(kernel, map)
    this.#ring = new Ring(this.#mapping.memory, map.name)
    this.#waiter = new RingWaiter(kernel, map.mapFd)
    this.#map = map.name
  }

  /**
   * Maps the ring buffer into this process. Reading goes on where the map's last reader ended.
   *
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT if `map.size` is no size of a ring buffer; SyscallError if the kernel
   * refuses the mapping.
   */
  static open(kernel: Kernel, map: RingBufferMap): RingBuffer {
    return new RingBuffer(kernel, map)
  }

  get closed(): boolean {
    return this.#closed
  }

  get statistics(): RingStatistics {
    const available = this.#closed ? 0 : this.#ring.available
    return { ...this.#ring.counts, wakeups: this.#waiter.wakeups, available }
  }

  /**
   * Calls `visitor` with each record that is in the buffer now, at most `limit` of them, and returns how many it was
   * called with. Ends early at a record that its producer has not committed yet. If `visitor` throws, so does this; the
   * record that it threw on is consumed, those behind it stay.
   *
   * @throws RingBufferError RINGBUF_CLOSED after close(), RINGBUF_IN_USE from within a callback of this ring buffer,
   * RINGBUF_CORRUPT if the shared memory contradicts itself.
   */
  consume(visitor: RecordVisitor, limit = Infinity): number {
    if (this.#closed) throw this.#closedError()
    try {
      return this.#ring.drain(visitor, limit)
    } finally {
      this.#unmapIfClosed()
    }
  }

  /**
   * Calls `visitor` with each record as it comes. Resolves after the signal's abort, once everything that was in the
   * buffer at that moment was visited, or after close(). Rejects with what `visitor` throws; reading can begin anew.
   *
   * @throws RingBufferError as `consume`; RINGBUF_IN_USE also if another forEach() or records() is reading.
   */
  async forEach(visitor: RecordVisitor, options: ReadOptions = {}): Promise<void> {
    const reading = this.#begin(options)
    try {
      while (await reading.turn()) this.consume(visitor, reading.batch)
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
    let taken: IteratorYieldResult<T> | undefined
    const visitor: RecordVisitor = (record) => {
      taken = { value: record.decode(decoder), done: false }
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
   * returned, which is then the last one. What is still in the buffer stays in the map. A second call does nothing.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#reading?.close()
    this.#waiter.close()
    this.#ring.interrupt()
    this.#unmapIfClosed()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #begin({ signal, batch = DEFAULT_BATCH }: ReadOptions): RingReading {
    this.#checkBatch(batch)
    if (this.#closed) throw this.#closedError()
    if (this.#reading !== undefined) {
      throw new RingBufferError(
        'RINGBUF_IN_USE',
        'cannot read the ring buffer: another forEach() or records() is reading it. End that one first',
        { map: this.#map },
      )
    }
    this.#reading = new RingReading(this.#ring, this.#waiter, batch, signal)
    return this.#reading
  }

  #end(reading: RingReading): void {
    reading.close()
    this.#reading = undefined
  }

  #unmapIfClosed(): void {
    if (this.#closed && !this.#ring.draining) this.#mapping.unmap()
  }

  #checkBatch(batch: number): void {
    if (Number.isSafeInteger(batch) && batch > 0) return
    throw new RingBufferError(
      'RINGBUF_BAD_ARGUMENT',
      `cannot read the ring buffer in batches of ${batch} records: pass a positive integer`,
      { map: this.#map },
    )
  }

  #closedError(): RingBufferError {
    return new RingBufferError('RINGBUF_CLOSED', 'cannot read the ring buffer: it was closed', {
      map: this.#map,
    })
  }
}

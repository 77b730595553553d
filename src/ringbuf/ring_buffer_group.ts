import type { RecordQueue, RecordVisitor } from './record_queue.ts'
import { RecordReader, type LentReader } from './record_reader.ts'
import type { RingBuffer } from './ring_buffer.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import type { ReadOptions } from './ring_reading.ts'
import type { RingRecord } from './ring_record.ts'
import { RingSet } from './ring_set.ts'

/** A ring buffer of a group, and what is made of its records. */
export interface GroupedRing<T> {
  readonly ring: RingBuffer
  /** Called with each record of this ring, which is valid until the call returns. */
  readonly read: (record: RingRecord) => T
}

/**
 * Several ring buffers on one poll, as with libbpf's `ring_buffer__add`: one epoll descriptor waits for all of them, and they
 * are read in turns, so that a fast one does not keep the others waiting. They may be of different objects. Each has a `read`
 * of its own, as in libbpf; `values()` gives what it returns.
 *
 * While a ring is in a group, its own forEach() and records() are refused; consume() is not. Closing a ring closes the group;
 * closing the group leaves the rings open.
 */
export class RingBufferGroup<T = void> implements Disposable {
  readonly #reader: RecordReader<GroupedRing<T>['read']>

  /**
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT without a ring; RINGBUF_IN_USE if one is read already, or is there twice;
   * RINGBUF_CLOSED. Then none of them is in the group.
   */
  constructor(rings: readonly GroupedRing<T>[]) {
    const loans = lendAll(rings, this)
    const [first] = loans
    if (first === undefined) {
      throw new RingBufferError(
        'RINGBUF_BAD_ARGUMENT',
        'cannot read a group of no ring buffers: pass one at least',
      )
    }
    this.#reader = new RecordReader(first.kernel, {
      queue: new RingSet(
        rings.map((grouped) => new GroupedQueue(grouped)),
        'ring buffers',
      ),
      descriptors: loans.flatMap(({ descriptors }) => descriptors),
      readable: 'while records are there',
      release: () => {
        giveBack(loans)
      },
      what: 'ring buffers',
      map: undefined,
    })
  }

  get closed(): boolean {
    return this.#reader.closed
  }

  /**
   * Has the records that are in the buffers now read, at most `limit` of them, and returns how many these were.
   *
   * @throws RingBufferError as `RingBuffer.consume`, and whatever a `read` throws
   */
  consume(limit = Infinity): number {
    return this.#reader.consume(readOne, limit)
  }

  /** Has each record read as it comes; the end is as `RingBuffer.forEach`'s. */
  async forEach(options: ReadOptions = {}): Promise<void> {
    await this.#reader.forEach(readOne, options)
  }

  /** What is made of each record, as it comes and as it is asked for; the end is as `RingBuffer.records`'s. */
  values(options: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    return this.#reader.values((record, read) => read(record), options)
  }

  /** Ends the reading. From within a `read`, that one is the last. A second call does nothing. */
  close(): void {
    this.#reader.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function readOne<T>(record: RingRecord, read: GroupedRing<T>['read']): void {
  read(record)
}

/** All of them, or none. */
function lendAll<T>(rings: readonly GroupedRing<T>[], borrower: RingBufferGroup<T>): readonly LentReader[] {
  const loans: LentReader[] = []
  try {
    for (const { ring } of rings) loans.push(RecordReader.lend(ring, borrower))
  } catch (error) {
    giveBack(loans)
    throw error
  }
  return loans
}

function giveBack(loans: readonly LentReader[]): void {
  for (const loan of loans) loan.giveBack()
}

/** A ring of a group. It is read through its buffer, which knows when its memory may be touched. */
class GroupedQueue<T> implements RecordQueue<GroupedRing<T>['read']> {
  readonly #ring: RingBuffer
  readonly #read: GroupedRing<T>['read']

  constructor({ ring, read }: GroupedRing<T>) {
    this.#ring = ring
    this.#read = read
  }

  get ready(): boolean {
    return RecordReader.queueOf(this.#ring)?.ready ?? false
  }

  get draining(): boolean {
    return RecordReader.queueOf(this.#ring)?.draining ?? false
  }

  mark(): () => boolean {
    const isConsumed = RecordReader.queueOf(this.#ring)?.mark()
    return () => this.#ring.closed || isConsumed === undefined || isConsumed()
  }

  drain(visitor: RecordVisitor<GroupedRing<T>['read']>, limit: number): number {
    const read = this.#read
    return this.#ring.consume((record) => {
      visitor(record, read)
    }, limit)
  }

  interrupt(): void {
    RecordReader.queueOf(this.#ring)?.interrupt()
  }
}

import { RingBufferError } from './ring_buffer_error.ts'
import {
  BUSY_BIT,
  DISCARD_BIT,
  LENGTH_MASK,
  RECORD_ALIGNMENT,
  RECORD_HEADER_SIZE,
  recordSpace,
  type RingMemory,
} from './ring_layout.ts'
import type { RecordQueue, RecordVisitor } from './record_queue.ts'
import { RecordRun } from './record_run.ts'
import { RingRecord } from './ring_record.ts'

/** What was read so far. */
export interface RingCounts {
  /** Records that a visitor was called with. */
  readonly records: number
  /** The bytes of these records, without headers and padding. */
  readonly bytes: number
  /** Records that their producer had discarded (`bpf_ringbuf_discard`). */
  readonly discarded: number
}

/** Given back at once when a drain goes on for longer, in bytes. */
const RELEASE_LIMIT = 64 * 1024

/**
 * The reader's half of a BPF ring buffer, over memory that was mapped elsewhere.
 *
 * Producers on all cpus reserve space by moving the producer position, write their records, and commit each by clearing
 * BUSY in its header. So records are found in the order of their reservation, and one that is still BUSY hides those
 * behind it. The reader goes from the consumer position towards the producer position and moves the consumer position
 * behind what it has used; that is what frees the space.
 *
 * Three orderings carry this (kernel/bpf/ringbuf.c, Linux 6.18: the `smp_load_acquire` and `smp_store_release` there).
 * The producer position is loaded with acquire before any header below it, and each header with acquire before the
 * record that it announces (RecordRun does that for many at once); the consumer position is stored with release after the
 * record was used. Atomics are sequentially consistent, which is both and more: a producer that commits exchanges the
 * header and then loads the consumer position, to see whether the reader waits for just this record and must be woken; the
 * reader stores the consumer position and then, in `ready`, loads the header. In sequential consistency one of them sees
 * the other, and no wakeup is lost.
 *
 * Positions are 64 bits wide, but the distance between them is at most the size, below 2^32. So the drain works with the
 * low words, and only giving back, once for many records, calculates with 64 bits. Little-endian, 64-bit kernels only.
 */
export class Ring implements RecordQueue {
  readonly #consumer: BigUint64Array
  readonly #producer: BigUint64Array
  readonly #consumerLow: Int32Array
  readonly #producerLow: Int32Array
  /** The data area, both mappings of it, as words; the first word of each header is one of them. */
  readonly #words: Int32Array
  readonly #run: RecordRun
  readonly #record: RingRecord
  readonly #size: number
  readonly #releaseLimit: number
  readonly #map: string | undefined
  readonly #counts: { records: number; bytes: number; discarded: number } = {
    records: 0,
    bytes: 0,
    discarded: 0,
  }
  /** Bytes that were used and not given back yet. */
  #unreleased = 0
  #draining = false
  #interrupted = false

  /** `map` is the name that errors carry. */
  constructor(memory: RingMemory, map?: string) {
    const { consumer, producer, dataOffset, size } = memory
    if (size < RECORD_ALIGNMENT || (size & (size - 1)) !== 0 || producer.byteLength < dataOffset + 2 * size) {
      throw new RingBufferError(
        'RINGBUF_BAD_ARGUMENT',
        `cannot read a ring buffer of ${size} bytes in a mapping of ${producer.byteLength}: the size must be a power of` +
          ' two, and the mapping hold the producer page and the data area twice',
        { map },
      )
    }
    this.#consumer = new BigUint64Array(consumer, 0, 1)
    this.#producer = new BigUint64Array(producer, 0, 1)
    this.#consumerLow = new Int32Array(consumer, 0, 1)
    this.#producerLow = new Int32Array(producer, 0, 1)
    this.#words = new Int32Array(producer, dataOffset, (2 * size) / Int32Array.BYTES_PER_ELEMENT)
    this.#record = new RingRecord(producer, dataOffset, 2 * size, map)
    this.#size = size
    this.#releaseLimit = Math.min(size / 4, RELEASE_LIMIT)
    this.#run = new RecordRun(this.#words, this.#releaseLimit)
    this.#map = map
  }

  get counts(): RingCounts {
    return { ...this.#counts }
  }

  /** Whether a drain is running, that is, whether this is asked from within a visitor. */
  get draining(): boolean {
    return this.#draining
  }

  /** Bytes between the consumer position and the producer position: records, their headers and padding. */
  get available(): number {
    const distance = (Atomics.load(this.#producerLow, 0) - Atomics.load(this.#consumerLow, 0)) >>> 0
    if (distance > this.#size || distance % RECORD_ALIGNMENT !== 0) throw this.#badPositions(distance)
    return distance
  }

  /** Bytes that the reader has consumed since the map was created. */
  get consumerPosition(): bigint {
    return Atomics.load(this.#consumer, 0)
  }

  /** Bytes that producers have reserved since the map was created. */
  get producerPosition(): bigint {
    return Atomics.load(this.#producer, 0)
  }

  /** A low word is enough to compare a position with another one that is less than 2 GiB away. */
  mark(): () => boolean {
    const end = Atomics.load(this.#producerLow, 0)
    return () => ((end - Atomics.load(this.#consumerLow, 0)) | 0) <= 0
  }

  /** Whether a drain would find a record, discarded or not; false if there is none or the next is still BUSY. */
  get ready(): boolean {
    return this.available > 0 && (Atomics.load(this.#words, this.#nextOffset() >>> 2) & BUSY_BIT) === 0
  }

  /**
   * Calls `visitor` with one record after the other, until `limit` records were visited, a record is still BUSY, or the
   * producer position is reached that was found in the beginning: a producer that is faster does not keep it going.
   * Returns how many records were visited. Discarded ones are skipped and only counted.
   *
   * If the visitor throws, the drain ends with that error. The record that it threw on counts as consumed (as with
   * libbpf, whose callback ends the loop with a negative result), so that one bad record cannot block those behind it;
   * everything after it is still there for the next drain.
   */
  drain(visitor: RecordVisitor, limit: number): number {
    const run = this.#run
    const before = this.#counts.records
    let left = this.available
    let offset = this.#nextOffset()
    this.#enter()
    try {
      while (left > 0 && !this.#interrupted) {
        const most = limit - (this.#counts.records - before)
        if (!(most > 0)) break
        const found = run.scan(offset, left, most)
        if (found === 0) {
          this.#checkHeader(offset, left)
          break
        }
        this.#visit(visitor, found)
        const space = (run.offsets[found] ?? 0) - offset
        left -= space
        offset = (offset + space) & (this.#size - 1)
        if (this.#unreleased >= this.#releaseLimit) this.#release()
      }
    } finally {
      RingRecord.invalidate(this.#record)
      this.#release()
      this.#draining = false
    }
    return this.#counts.records - before
  }

  /** Ends the drain that is running after the record that it is at. */
  interrupt(): void {
    this.#interrupted = true
  }

  /**
   * Visits the first `found` records of the run. What the loop does it does for each record, so it allocates nothing, and
   * what can wait until its end waits.
   */
  #visit(visitor: RecordVisitor, found: number): void {
    const record = this.#record
    const { headers, offsets } = this.#run
    let used = 0
    let visited = 0
    let bytes = 0
    try {
      while (used < found && !this.#interrupted) {
        const header = headers[used] ?? BUSY_BIT
        const start = (offsets[used] ?? 0) + RECORD_HEADER_SIZE
        used++
        if ((header & DISCARD_BIT) !== 0) continue
        // Without its two flags, which are not set, a header's first word is the length.
        RingRecord.moveTo(record, start, header)
        visited++
        bytes += header
        visitor(record)
      }
    } finally {
      this.#counts.records += visited
      this.#counts.bytes += bytes
      this.#counts.discarded += used - visited
      this.#unreleased += (offsets[used] ?? 0) - (offsets[0] ?? 0)
    }
  }

  #enter(): void {
    if (this.#draining) {
      throw new RingBufferError(
        'RINGBUF_IN_USE',
        'cannot drain the ring buffer from within its own callback: return from the callback first',
        { map: this.#map },
      )
    }
    this.#draining = true
    this.#interrupted = false
  }

  /** Bytes from the start of the data area to the next record's header. */
  #nextOffset(): number {
    return Atomics.load(this.#consumerLow, 0) & (this.#size - 1)
  }

  /** Gives what was used back to the kernel, by moving the consumer position behind it. */
  #release(): void {
    const space = this.#unreleased
    if (space === 0) return
    this.#unreleased = 0
    // One 64-bit store: a producer must never see half of a new position. It wraps around at 2^64 as the kernel's does.
    Atomics.store(this.#consumer, 0, BigInt.asUintN(64, this.consumerPosition + BigInt(space)))
  }

  /** Throws if it is a header that contradicts the positions what ended a run before its first record. */
  #checkHeader(offset: number, left: number): void {
    const header = Atomics.load(this.#words, offset >>> 2)
    const length = header & LENGTH_MASK
    if ((header & BUSY_BIT) === 0 && recordSpace(length) > left) throw this.#badHeader(offset, length, left)
  }

  #badPositions(distance: number): RingBufferError {
    return new RingBufferError(
      'RINGBUF_CORRUPT',
      `cannot read the ring buffer: its producer position (${this.producerPosition}) and its consumer position` +
        ` (${this.consumerPosition}) are ${distance} bytes apart, which a ring of ${this.#size} bytes cannot be.` +
        ' Check that no other process reads the same map',
      { map: this.#map },
    )
  }

  #badHeader(offset: number, length: number, left: number): RingBufferError {
    return new RingBufferError(
      'RINGBUF_CORRUPT',
      `cannot read the record at offset ${offset} of the data area: its header says ${length} bytes, and with header` +
        ` and padding only ${left} are reserved. Check that no other process reads the same map`,
      { map: this.#map, offset },
    )
  }
}

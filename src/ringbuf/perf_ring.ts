import { DATA_HEAD_OFFSET, DATA_TAIL_OFFSET, PERF_ALIGNMENT, type PerfMemory } from './perf_layout.ts'
import type { PerfRecords, PerfVisitor } from './perf_records.ts'
import type { RecordQueue } from './record_queue.ts'
import { RingBufferError } from './ring_buffer_error.ts'

/** Given back at once when a drain goes on for longer, in bytes. */
const RELEASE_LIMIT = 64 * 1024

/**
 * The reader's half of one cpu's perf event that is written forward, over memory that was mapped elsewhere.
 *
 * The cpu's kernel finishes a record before it moves the head behind it (`perf_output_put_handle` in
 * kernel/events/ring_buffer.c, Linux 6.18), so there are no unfinished records to stop at, as in a BPF ring buffer: loading
 * the head with acquire once lets all records before it be read plainly, and storing the tail with release gives their space
 * back. Atomics are both and more.
 *
 * The distance of the positions is at most the size, below 2^32, so the drain works with the low words. Little-endian, 64-bit
 * kernels only.
 */
export class PerfRing implements RecordQueue<number> {
  readonly #records: PerfRecords
  readonly #size: number
  readonly #releaseLimit: number
  readonly #headLow: Int32Array
  readonly #tailLow: Int32Array
  readonly #tail: BigUint64Array
  readonly #cpu: number
  readonly #map: string | undefined
  /** Bytes that were used and not given back yet. */
  #unreleased = 0
  #draining = false

  constructor({ buffer, size }: PerfMemory, records: PerfRecords, cpu: number, map?: string) {
    this.#records = records
    this.#size = size
    this.#releaseLimit = Math.min(size / 4, RELEASE_LIMIT)
    this.#headLow = new Int32Array(buffer, DATA_HEAD_OFFSET, 1)
    this.#tailLow = new Int32Array(buffer, DATA_TAIL_OFFSET, 1)
    this.#tail = new BigUint64Array(buffer, DATA_TAIL_OFFSET, 1)
    this.#cpu = cpu
    this.#map = map
  }

  /** Bytes between the positions: records, their headers and padding. */
  get available(): number {
    const distance = (Atomics.load(this.#headLow, 0) - Atomics.load(this.#tailLow, 0)) >>> 0
    if (distance > this.#size || distance % PERF_ALIGNMENT !== 0) throw this.#badPositions(distance)
    return distance
  }

  get ready(): boolean {
    return this.available > 0
  }

  get draining(): boolean {
    return this.#draining
  }

  mark(): () => boolean {
    const end = Atomics.load(this.#headLow, 0)
    return () => ((end - Atomics.load(this.#tailLow, 0)) | 0) <= 0
  }

  drain(visitor: PerfVisitor, limit: number): number {
    const records = this.#records
    let left = this.available
    let offset = Atomics.load(this.#tailLow, 0) & (this.#size - 1)
    let visited = 0
    this.#enter()
    try {
      while (left > 0 && visited < limit && !records.interrupted) {
        const most = Math.min(left, this.#releaseLimit)
        visited += records.visitSamples(offset, most, limit - visited, visitor)
        const used = this.#use()
        left -= used
        offset = (offset + used) & (this.#size - 1)
        if (used > 0) continue
        const size = records.sizeAt(offset, left)
        if (size === 0) throw records.corrupt(offset, `it is longer than the ${left} bytes that there are`)
        // Before the visit: a record that its visitor throws on is consumed.
        this.#unreleased += size
        left -= size
        if (records.visit(offset, size, visitor)) visited++
        offset = (offset + size) & (this.#size - 1)
      }
    } finally {
      records.invalidate()
      this.#use()
      this.#release()
      this.#draining = false
    }
    return visited
  }

  interrupt(): void {
    this.#records.interrupted = true
  }

  #enter(): void {
    this.#draining = true
    this.#records.interrupted = false
  }

  /** Counts what samples used, gives it back where it is much, and returns it. */
  #use(): number {
    const used = this.#records.takeUsed()
    this.#unreleased += used
    if (this.#unreleased >= this.#releaseLimit) this.#release()
    return used
  }

  #release(): void {
    const used = this.#unreleased
    if (used === 0) return
    this.#unreleased = 0
    // One 64-bit store: the kernel must never see half of a new position.
    Atomics.store(this.#tail, 0, BigInt.asUintN(64, Atomics.load(this.#tail, 0) + BigInt(used)))
  }

  #badPositions(distance: number): RingBufferError {
    return new RingBufferError(
      'RINGBUF_CORRUPT',
      `cannot read the perf buffer of cpu ${this.#cpu}: its positions are ${distance} bytes apart, which a buffer of` +
        ` ${this.#size} bytes cannot be. Check that nothing else in this process writes to the memory`,
      { map: this.#map },
    )
  }
}

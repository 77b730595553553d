import { RingBufferError } from './ring_buffer_error.ts'
import {
  PERF_ALIGNMENT,
  PERF_HEADER_SIZE,
  PERF_MOST_BYTES,
  PERF_RECORD_LOST,
  PERF_RECORD_LOST_SAMPLES,
  PERF_RECORD_SAMPLE,
  SAMPLE_DATA_OFFSET,
  type PerfMemory,
} from './perf_layout.ts'
import type { RecordVisitor } from './record_queue.ts'
import { RingRecord } from './ring_record.ts'

/** Called with each sample and the cpu that it was written on. */
export type PerfVisitor = RecordVisitor<number>

/** Whose records they are. */
export interface PerfPlace {
  readonly cpu: number
  /** The map's name, for errors. */
  readonly map: string | undefined
}

/** What was read so far. */
export interface PerfCounts {
  /** Samples that a visitor was called with. */
  records: number
  /** The bytes of these samples, padding included. */
  bytes: number
  /** Records that the kernel says found no space. */
  lost: number
  /** Records of other kinds, which are skipped. */
  skipped: number
}

/**
 * The records in the data area of one cpu, wherever the reading goes: where the next one starts is the business of who asks.
 * A record that wraps around the end is put together in a buffer of our own, the others are read in place.
 */
export class PerfRecords {
  readonly counts: PerfCounts = { records: 0, bytes: 0, lost: 0, skipped: 0 }
  readonly #place: PerfPlace
  readonly #area: Uint8Array
  readonly #view: DataView
  readonly #words: Int32Array
  readonly #size: number
  readonly #inPlace: RingRecord
  readonly #onLost: ((lost: number, cpu: number) => void) | undefined
  /** Set to end visitSamples() behind the record that it is at. */
  interrupted = false
  /** Bytes that visitSamples() visited and takeUsed() has not told. */
  #used = 0
  /** Made for the first record that wraps around. */
  #joined: { readonly bytes: Uint8Array; readonly record: RingRecord } | undefined

  /** `onLost` is called with what each PERF_RECORD_LOST says. */
  constructor(memory: PerfMemory, place: PerfPlace, onLost?: (lost: number, cpu: number) => void) {
    const { buffer, dataOffset, size } = memory
    if (size < PERF_ALIGNMENT || (size & (size - 1)) !== 0 || buffer.byteLength < dataOffset + size) {
      throw new RingBufferError(
        'RINGBUF_BAD_ARGUMENT',
        `cannot read a perf buffer of ${size} bytes in a mapping of ${buffer.byteLength}: the size must be a power of two,` +
          ' and the mapping hold a page and the data area',
        { map: place.map },
      )
    }
    this.#place = place
    this.#area = new Uint8Array(buffer, dataOffset, size)
    this.#view = new DataView(buffer, dataOffset, size)
    this.#words = new Int32Array(buffer, dataOffset, size / Int32Array.BYTES_PER_ELEMENT)
    this.#size = size
    this.#inPlace = new RingRecord(buffer, dataOffset, size, place.map)
    this.#onLost = onLost
  }

  /**
   * The bytes of the record whose header is `offset` bytes into the data area, header included.
   *
   * @param left Bytes that there are from there on.
   * @returns 0 for a record that is longer than that.
   * @throws RingBufferError RINGBUF_CORRUPT for a size that no record has, which would keep a reader at one place for ever.
   */
  sizeAt(offset: number, left: number): number {
    const size = (this.#words[(offset >>> 2) + 1] ?? 0) >>> 16
    if (size < PERF_HEADER_SIZE || size % PERF_ALIGNMENT !== 0) {
      throw this.#corrupt(
        offset,
        `its header says ${size} bytes, which is less than a header or no multiple of 8`,
      )
    }
    return size > left ? 0 : size
  }

  /**
   * Visits samples one after the other, and returns how many; takeUsed() tells their bytes. Ends at whatever is no sample, wraps
   * around or contradicts itself, which sizeAt() and visit() deal with.
   *
   * What the loop does it does for each record, so what can wait until its end waits.
   *
   * @param start Bytes from the start of the data area to the first header.
   * @param left Bytes that there are from there on.
   */
  visitSamples(start: number, left: number, most: number, visitor: PerfVisitor): number {
    const words = this.#words
    const record = this.#inPlace
    const { cpu } = this.#place
    const end = Math.min(start + left, this.#size)
    let offset = start
    let visited = 0
    let bytes = 0
    try {
      while (visited < most && offset < end && !this.interrupted) {
        const index = offset >>> 2
        const size = (words[index + 1] ?? 0) >>> 16
        const length = (words[index + 2] ?? 0) >>> 0
        const fits = length + SAMPLE_DATA_OFFSET <= size && offset + size <= end
        if (words[index] !== PERF_RECORD_SAMPLE || !fits || size % PERF_ALIGNMENT !== 0) break
        RingRecord.moveTo(record, offset + SAMPLE_DATA_OFFSET, length)
        // Before the visit: a record that its visitor throws on is consumed.
        offset += size
        visited++
        bytes += length
        visitor(record, cpu)
      }
    } finally {
      this.#used += offset - start
      this.counts.records += visited
      this.counts.bytes += bytes
    }
    return visited
  }

  /** The bytes that visitSamples() visited since this was asked last. */
  takeUsed(): number {
    const used = this.#used
    this.#used = 0
    return used
  }

  /** Visits the record of `size` bytes at `offset`, if it is a sample; returns whether it is. */
  visit(offset: number, size: number, visitor: PerfVisitor): boolean {
    switch (this.#words[offset >>> 2] ?? 0) {
      case PERF_RECORD_SAMPLE:
        this.#visitSample(offset, size, visitor)
        return true
      case PERF_RECORD_LOST:
        this.#addLost(offset, size, 16)
        return false
      case PERF_RECORD_LOST_SAMPLES:
        this.#addLost(offset, size, 8)
        return false
      default:
        this.counts.skipped++
        return false
    }
  }

  /** Whoever kept the record cannot read it any more. */
  invalidate(): void {
    RingRecord.invalidate(this.#inPlace)
    if (this.#joined !== undefined) RingRecord.invalidate(this.#joined.record)
  }

  /** An error about a record of this cpu's. */
  corrupt(offset: number, why: string): RingBufferError {
    return this.#corrupt(offset, why)
  }

  #visitSample(offset: number, size: number, visitor: PerfVisitor): void {
    const length = size < SAMPLE_DATA_OFFSET ? 0 : this.#u32(offset + PERF_HEADER_SIZE)
    if (size < SAMPLE_DATA_OFFSET || length > size - SAMPLE_DATA_OFFSET) {
      throw this.#corrupt(offset, `it has ${size} bytes, and its data ${length}`)
    }
    const { counts } = this
    counts.records++
    counts.bytes += length
    if (offset + size <= this.#size) {
      const record = this.#inPlace
      RingRecord.moveTo(record, offset + SAMPLE_DATA_OFFSET, length)
      visitor(record, this.#place.cpu)
    } else visitor(this.#join(offset, size, length), this.#place.cpu)
  }

  #join(offset: number, size: number, length: number): RingRecord {
    this.#joined ??= makeJoined(this.#place.map)
    const { bytes, record } = this.#joined
    const first = this.#size - offset
    bytes.set(this.#area.subarray(offset))
    bytes.set(this.#area.subarray(0, size - first), first)
    RingRecord.moveTo(record, SAMPLE_DATA_OFFSET, length)
    return record
  }

  #addLost(offset: number, size: number, place: number): void {
    if (size < place + 8) throw this.#corrupt(offset, `it tells of lost records, and has ${size} bytes`)
    // Aligned like all of them, so it does not wrap around.
    const lost = Number(this.#view.getBigUint64((offset + place) & (this.#size - 1), true))
    this.counts.lost += lost
    this.#onLost?.(lost, this.#place.cpu)
  }

  /** `offset` may be behind the end, which is the start then. */
  #u32(offset: number): number {
    return (this.#words[(offset & (this.#size - 1)) >>> 2] ?? 0) >>> 0
  }

  #corrupt(offset: number, why: string): RingBufferError {
    return new RingBufferError(
      'RINGBUF_CORRUPT',
      `cannot read the record at offset ${offset} of the perf buffer of cpu ${this.#place.cpu}: ${why}.` +
        ' Check that nothing else in this process writes to the memory',
      { map: this.#place.map, offset },
    )
  }
}

function makeJoined(map: string | undefined): { readonly bytes: Uint8Array; readonly record: RingRecord } {
  const bytes = new Uint8Array(PERF_MOST_BYTES)
  return { bytes, record: new RingRecord(bytes.buffer, 0, bytes.length, map) }
}

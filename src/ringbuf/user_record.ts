import { RingBufferError } from './ring_buffer_error.ts'

/** How a record ends. */
export type UserRecordEnd = 'submitted' | 'discarded'

/**
 * A record that was reserved in a user ring buffer and is being written, in place. Until it is submitted or discarded, the
 * programs see neither it nor what was reserved behind it. Its bytes are what was there before: write all of them. Integers are
 * little-endian, and offsets are bytes from the start of the record. Afterwards every call throws RINGBUF_STALE_RECORD; a write
 * past the record's end throws RINGBUF_OUT_OF_RECORD.
 */
export class UserRecord {
  /** Bytes. */
  readonly length: number
  readonly #view: DataView
  readonly #start: number
  readonly #map: string | undefined
  #onEnd: ((end: UserRecordEnd) => void) | undefined

  /** For the ring alone: the `length` bytes from `start` of `view` on; `map` is the name that errors carry. */
  constructor(
    view: DataView,
    start: number,
    length: number,
    { map, onEnd }: { readonly map: string | undefined; readonly onEnd: (end: UserRecordEnd) => void },
  ) {
    this.#view = view
    this.#start = start
    this.length = length
    this.#map = map
    this.#onEnd = onEnd
  }

  setU8(offset: number, value: number): void {
    this.#view.setUint8(this.#at(offset, 1), value)
  }

  setU16(offset: number, value: number): void {
    this.#view.setUint16(this.#at(offset, 2), value, true)
  }

  setU32(offset: number, value: number): void {
    this.#view.setUint32(this.#at(offset, 4), value, true)
  }

  setU64(offset: number, value: bigint): void {
    this.#view.setBigUint64(this.#at(offset, 8), value, true)
  }

  /** Copies `bytes` into the record. */
  setBytes(offset: number, bytes: Uint8Array): void {
    const start = this.#at(offset, bytes.length)
    new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, bytes.length).set(bytes)
  }

  /** Makes the record visible to the programs. */
  submit(): void {
    this.#end('submitted')
  }

  /** Gives the record up; the programs skip it. */
  discard(): void {
    this.#end('discarded')
  }

  #end(end: UserRecordEnd): void {
    const onEnd = this.#onEnd
    if (onEnd === undefined) throw this.#stale()
    this.#onEnd = undefined
    onEnd(end)
  }

  #at(offset: number, size: number): number {
    if (this.#onEnd === undefined) throw this.#stale()
    if (offset >= 0 && offset + size <= this.length) return this.#start + offset
    throw new RingBufferError(
      'RINGBUF_OUT_OF_RECORD',
      `cannot write ${size} bytes at offset ${offset} of a record: it has ${this.length} bytes. Reserve as many as it needs`,
      { map: this.#map, offset },
    )
  }

  #stale(): RingBufferError {
    return new RingBufferError(
      'RINGBUF_STALE_RECORD',
      'cannot use a record that was submitted or discarded, or whose ring buffer was closed: reserve another one',
      { map: this.#map },
    )
  }
}

import { RingBufferError } from './ring_buffer_error.ts'

/**
 * Makes a value of a record's bytes, as the decoders of src/btf do. `decode` reads mapped memory, in which the next
 * record soon takes this one's place, and must not keep `view`: touching it after the ring buffer was closed kills the
 * process.
 */
export interface RecordDecoder<T> {
  /** Bytes that `decode` reads. A shorter record is an error. */
  readonly size: number
  /** Decodes the value that starts `offset` bytes into `view`. */
  readonly decode: (view: DataView, offset: number) => T
}

/** The length of a record that is none, so that the bounds check of every read finds it out too. */
const INVALID = -1

/**
 * The record that a callback was called with, read in place: no byte is copied before it is asked for. There is one such
 * object for each ring buffer, and it stands for a record only until the callback returns; after the drain every read
 * throws RINGBUF_STALE_RECORD. Keep what the methods return, not the record. Integers are little-endian, and offsets are
 * bytes from the start of the record. A read past the record's end throws RINGBUF_OUT_OF_RECORD.
 */
export class RingRecord {
  readonly #view: DataView
  readonly #bytes: Uint8Array<ArrayBuffer>
  /** The same bytes: Buffer decodes short strings faster than TextDecoder, and Uint8Array's slice() copies. */
  readonly #text: Buffer<ArrayBuffer>
  readonly #map: string | undefined
  #start = 0
  #length = INVALID

  /** For the ring alone: a record over `length` bytes of `buffer`; `map` is the name that errors carry. */
  constructor(buffer: ArrayBuffer, byteOffset: number, length: number, map: string | undefined) {
    this.#view = new DataView(buffer, byteOffset, length)
    this.#bytes = new Uint8Array(buffer, byteOffset, length)
    this.#text = Buffer.from(buffer, byteOffset, length)
    this.#map = map
  }

  /** For the ring alone: `record` is now the `length` bytes from `start` of the data area on. */
  static moveTo(record: RingRecord, start: number, length: number): void {
    record.#start = start
    record.#length = length
  }

  /** For the ring alone: `record` is none from now on, and every read throws. */
  static invalidate(record: RingRecord): void {
    record.#length = INVALID
  }

  /** Bytes. */
  get length(): number {
    if (this.#length < 0) throw this.#failure(0, 0)
    return this.#length
  }

  u8(offset: number): number {
    return this.#view.getUint8(this.#at(offset, 1))
  }

  u16(offset: number): number {
    return this.#view.getUint16(this.#at(offset, 2), true)
  }

  u32(offset: number): number {
    return this.#view.getUint32(this.#at(offset, 4), true)
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(this.#at(offset, 8), true)
  }

  i8(offset: number): number {
    return this.#view.getInt8(this.#at(offset, 1))
  }

  i16(offset: number): number {
    return this.#view.getInt16(this.#at(offset, 2), true)
  }

  i32(offset: number): number {
    return this.#view.getInt32(this.#at(offset, 4), true)
  }

  i64(offset: number): bigint {
    return this.#view.getBigInt64(this.#at(offset, 8), true)
  }

  /** A copy of `length` bytes; of the whole record by default. */
  bytes(offset = 0, length = this.length - offset): Uint8Array<ArrayBuffer> {
    const start = this.#at(offset, length)
    return this.#bytes.slice(start, start + length)
  }

  /** The text in a char array of `length` bytes, up to its NUL. What is not UTF-8 becomes U+FFFD. */
  string(offset: number, length: number): string {
    const start = this.#at(offset, length)
    let end = start
    while (end < start + length && this.#bytes[end] !== 0) end++
    return this.#text.toString('utf8', start, end)
  }

  /** What `decoder` makes of the record. */
  decode<T>(decoder: RecordDecoder<T>): T {
    return decoder.decode(this.#view, this.#at(0, decoder.size))
  }

  /** Where in the data area the `size` bytes from `offset` of the record on start. */
  #at(offset: number, size: number): number {
    if (!(offset >= 0 && size >= 0 && offset + size <= this.#length)) throw this.#failure(offset, size)
    return this.#start + offset
  }

  #failure(offset: number, size: number): RingBufferError {
    const place = { map: this.#map, offset }
    if (this.#length < 0) {
      return new RingBufferError(
        'RINGBUF_STALE_RECORD',
        'cannot read a record after its callback has returned: its place in the ring buffer was given back to the' +
          ' kernel. Keep the values read from it, or bytes(), instead',
        place,
      )
    }
    return new RingBufferError(
      'RINGBUF_OUT_OF_RECORD',
      `cannot read ${size} bytes at offset ${offset} of a record: it has ${this.#length} bytes.` +
        ' Check that the record is of the type that it is read as',
      place,
    )
  }
}

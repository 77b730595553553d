import type { Endianness } from './reader.ts'

/** Writes integers and bytes one after the other, into memory that grows: what a `Reader` reads. */
export class ByteWriter {
  readonly #littleEndian: boolean
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  constructor(endianness: Endianness) {
    this.#littleEndian = endianness === 'little'
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, this.#littleEndian)
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, this.#littleEndian)
    return this
  }

  /** The low 64 bits. */
  u64(value: bigint): this {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), this.#littleEndian)
    return this
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    const excess = this.#length % alignment
    if (excess !== 0) this.#grow(alignment - excess)
    return this
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Makes room for `count` more bytes, zeros, and gives where they start. `#bytes` and `#view` may be others then. */
  #grow(count: number): number {
    const start = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return start
  }
}

import type { BpfError } from './errors.ts'

export type Endianness = 'little' | 'big'

/** What a `Reader` could not do, and where: `offset` is counted from the start of the reader's bytes plus its origin. */
export interface ReadProblem {
  readonly offset: number
  readonly message: string
}

export interface ReaderOptions {
  readonly endianness: Endianness
  /** Turns a problem into the error of the caller's stage; it names the file and the section. */
  readonly fail: (problem: ReadProblem) => BpfError
  /** Where the bytes start in the file or section that errors speak of. Default 0. */
  readonly origin?: number
}

/**
 * Reads integers, bytes and strings in order from untrusted bytes. Every read checks its bounds and, where the bytes end
 * too early, throws what `fail` makes of it; a Reader never throws a RangeError.
 */
export class Reader {
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
  readonly #view: DataView
  readonly #fail: (problem: ReadProblem) => BpfError
  readonly #origin: number
  #position = 0
  #valueStart = 0

  constructor(bytes: Uint8Array, options: ReaderOptions) {
    this.bytes = bytes
    this.littleEndian = options.endianness === 'little'
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#fail = options.fail
    this.#origin = options.origin ?? 0
  }

  /** Bytes from the start of this reader's bytes to the next value. */
  get position(): number {
    return this.#position
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.bytes.length - this.#position
  }

  /** Moves to `position`, counted from the start of this reader's bytes. The end itself is a valid position. */
  seek(position: number): this {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.bytes.length) {
      throw this.#fail({
        offset: this.#origin + position,
        message: `offset ${position} is outside of the ${this.bytes.length} bytes there are`,
      })
    }
    this.#position = position
    this.#valueStart = position
    return this
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1, 'a byte'))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2, 'a 16-bit integer'), this.littleEndian)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4, 'a 32-bit integer'), this.littleEndian)
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4, 'a 32-bit integer'), this.littleEndian)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8, 'a 64-bit integer'), this.littleEndian)
  }

  /** The next `count` bytes, as a view of this reader's bytes; `what` names them in the error. */
  take(count: number, what: string): Uint8Array {
    const start = this.#take(count, what)
    return this.bytes.subarray(start, start + count)
  }

  skip(count: number, what: string): void {
    this.#take(count, what)
  }

  /** An error about the value that was read last. */
  failure(message: string): BpfError {
    return this.#fail({ offset: this.#origin + this.#valueStart, message })
  }

  #take(count: number, what: string): number {
    const start = this.#position
    this.#valueStart = start
    if (!Number.isInteger(count) || count < 0 || count > this.bytes.length - start) {
      throw this.failure(
        `${what} (${count} bytes) does not fit into the ${this.bytes.length - start} bytes that are left`,
      )
    }
    this.#position = start + count
    return start
  }
}

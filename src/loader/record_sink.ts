import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { encodeValue } from '../btf/encode_value.ts'
import { sizeOf } from '../btf/layout.ts'
import type { ReserveOptions, UserRingBuffer } from '../ringbuf/user_ring_buffer.ts'

/** Writes values to a user ring buffer as records of one type. */
export class RecordSink<T> {
  readonly #ring: UserRingBuffer
  readonly #btf: Btf
  readonly #type: TypeId
  readonly #size: number

  constructor(ring: UserRingBuffer, btf: Btf, type: TypeId) {
    this.#ring = ring
    this.#btf = btf
    this.#type = type
    this.#size = sizeOf(btf, type)
  }

  /**
   * Writes a record; false where there is no space now.
   *
   * @throws BtfError 'BTF_BAD_VALUE' where the value is none of the type: then nothing is written. RingBufferError as
   *   `UserRingBuffer.reserve`
   */
  write(value: T): boolean {
    return this.#ring.output(this.#encode(value))
  }

  /** Writes a record once there is space. */
  async writeAsync(value: T, options: ReserveOptions = {}): Promise<void> {
    await this.#ring.outputAsync(this.#encode(value), options)
  }

  #encode(value: T): Uint8Array {
    const bytes = new Uint8Array(this.#size)
    encodeValue(this.#btf, this.#type, value, new DataView(bytes.buffer), 0)
    return bytes
  }
}

import type { RingMemory } from '../../src/ringbuf/ring_layout.ts'

const HEADER_SIZE = 8
const BUSY = 0x8000_0000
const DISCARD = 0x4000_0000

export interface RingProducerOptions {
  readonly pageSize?: number
  readonly size?: number
  /** Where both positions start. */
  readonly position?: bigint
}

/** A record that was reserved and is BUSY until it is committed or discarded. */
export interface Reservation {
  /** Bytes from the start of the data area to the header. */
  readonly offset: number
  readonly length: number
}

/**
 * The kernel's half of a ring buffer (`__bpf_ringbuf_reserve` and `bpf_ringbuf_commit` in kernel/bpf/ringbuf.c, Linux
 * 6.18) over plain memory. A data area that is mapped twice is imitated by writing every byte to both of its places.
 */
export class RingProducer {
  readonly memory: RingMemory
  readonly size: number
  readonly #consumer: BigUint64Array
  readonly #producer: BigUint64Array
  readonly #bytes: Uint8Array
  readonly #headers: DataView

  constructor({ pageSize = 4096, size = pageSize, position = 0n }: RingProducerOptions = {}) {
    this.size = size
    this.memory = {
      consumer: new ArrayBuffer(pageSize),
      producer: new ArrayBuffer(pageSize + 2 * size),
      dataOffset: pageSize,
      size,
    }
    this.#consumer = new BigUint64Array(this.memory.consumer, 0, 1)
    this.#producer = new BigUint64Array(this.memory.producer, 0, 1)
    this.#bytes = new Uint8Array(this.memory.producer, pageSize)
    this.#headers = new DataView(this.memory.producer, pageSize)
    this.#consumer[0] = position
    this.#producer[0] = position
  }

  get consumerPosition(): bigint {
    return this.#consumer[0]!
  }

  get producerPosition(): bigint {
    return this.#producer[0]!
  }

  set producerPosition(position: bigint) {
    this.#producer[0] = position
  }

  /** Whether poll(2) would say that the map is readable. */
  get readable(): boolean {
    return this.consumerPosition !== this.producerPosition
  }

  /** Bytes that a reservation may still take, header and padding included. */
  get free(): number {
    return this.size - 1 - Number(BigInt.asUintN(64, this.producerPosition - this.consumerPosition))
  }

  /** The place of a BUSY record of `length` bytes, or undefined if there is no space for it. */
  reserve(length: number): Reservation | undefined {
    const space = Math.ceil((length + HEADER_SIZE) / 8) * 8
    if (space > this.free) return undefined
    const offset = Number(BigInt.asUintN(32, this.producerPosition)) & (this.size - 1)
    this.writeHeader(offset, (length | BUSY) >>> 0)
    this.producerPosition += BigInt(space)
    return { offset, length }
  }

  write({ offset, length }: Reservation, bytes: Uint8Array): void {
    const area = this.#bytes
    const { size } = this
    for (let i = 0; i < length; i++) {
      const place = (offset + HEADER_SIZE + i) % size
      area[place] = area[place + size] = bytes[i]!
    }
  }

  /** Returns whether the kernel would wake the reader. */
  commit({ offset, length }: Reservation): boolean {
    this.writeHeader(offset, length)
    return this.#readerWaitsAt(offset)
  }

  /** Returns whether the kernel would wake the reader. */
  discard({ offset, length }: Reservation): boolean {
    this.writeHeader(offset, (length | DISCARD) >>> 0)
    return this.#readerWaitsAt(offset)
  }

  /** A committed record with these bytes; false if there is no space. */
  output(bytes: Uint8Array): boolean {
    const reservation = this.reserve(bytes.length)
    if (reservation === undefined) return false
    this.write(reservation, bytes)
    this.commit(reservation)
    return true
  }

  /** A committed record with the one u32 `value`; false if there is no space. */
  outputU32(value: number): boolean {
    return this.output(new Uint8Array(Uint32Array.of(value).buffer))
  }

  writeHeader(offset: number, firstWord: number): void {
    this.#headers.setUint32(offset, firstWord, true)
    this.#headers.setUint32(offset + this.size, firstWord, true)
  }

  #readerWaitsAt(offset: number): boolean {
    return Number(BigInt.asUintN(32, this.consumerPosition)) % this.size === offset
  }
}

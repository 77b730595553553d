import type { RingMemory } from '../../src/ringbuf/ring_layout.ts'

const BUSY = 0x8000_0000
const DISCARD = 0x4000_0000

/** What the kernel's end finds in front of it. */
export type Peeked = Uint8Array | 'empty' | 'busy' | 'discarded' | 'invalid'

/**
 * The kernel's half of a user ring buffer (`__bpf_user_ringbuf_peek` in kernel/bpf/ringbuf.c, Linux 6.18) over plain memory, with
 * its checks. The data area that is mapped twice is imitated by bringing both places together before each look: of a word that
 * differs, the one that was changed last counts.
 */
export class UserConsumer {
  readonly memory: RingMemory
  readonly #consumer: BigUint64Array
  readonly #producer: BigUint64Array
  readonly #area: Uint8Array
  readonly #known: Uint8Array

  constructor({ size = 4096, position = 0n } = {}) {
    const pageSize = 4096
    this.memory = {
      consumer: new ArrayBuffer(pageSize),
      producer: new ArrayBuffer(pageSize + 2 * size),
      dataOffset: pageSize,
      size,
    }
    this.#consumer = new BigUint64Array(this.memory.consumer, 0, 1)
    this.#producer = new BigUint64Array(this.memory.producer, 0, 1)
    this.#area = new Uint8Array(this.memory.producer, pageSize)
    this.#known = new Uint8Array(size)
    this.#consumer[0] = position
    this.#producer[0] = position
  }

  set consumerPosition(position: bigint) {
    this.#consumer[0] = position
  }

  get consumerPosition(): bigint {
    return this.#consumer[0]!
  }

  get producerPosition(): bigint {
    return this.#producer[0]!
  }

  get used(): number {
    return Number(BigInt.asUintN(64, this.producerPosition - this.consumerPosition))
  }

  /** Looks at the next record, and goes on behind it where it is finished. */
  take(): Peeked {
    this.#bringTogether()
    const { size } = this.memory
    if (this.producerPosition % 8n !== 0n) return 'invalid'
    if (this.used === 0) return 'empty'
    const offset = Number(this.consumerPosition & BigInt(size - 1))
    const header = new DataView(this.#area.buffer, this.#area.byteOffset).getUint32(offset, true)
    if (header >= BUSY) return 'busy'
    const length = header & 0x3fff_ffff
    const space = Math.ceil((length + 8) / 8) * 8
    if (space > this.used || length > size) return 'invalid'
    this.#consumer[0] = BigInt.asUintN(64, this.consumerPosition + BigInt(space))
    return header >= DISCARD ? 'discarded' : this.#area.slice(offset + 8, offset + 8 + length)
  }

  #bringTogether(): void {
    const { size } = this.memory
    for (let place = 0; place < size; place++) {
      const [first = 0, second = 0] = [this.#area[place], this.#area[place + size]]
      const value = first === this.#known[place] ? second : first
      this.#known[place] = this.#area[place] = this.#area[place + size] = value
    }
  }
}

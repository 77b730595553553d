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
import { UserRecord } from './user_record.ts'

/** What was written so far. */
export interface UserRingCounts {
  readonly submitted: number
  readonly discarded: number
}

/**
 * The producer's half of a user ring buffer, over memory that was mapped elsewhere: a BPF ring buffer the other way round
 * (kernel/bpf/ringbuf.c, Linux 6.18: `__bpf_user_ringbuf_peek` is the consumer). The layout is the same, the consumer position is
 * the kernel's, and the producer position and the data are ours. One thread of one process at a time may produce.
 *
 * A reservation marks its header BUSY and then stores the producer position with release, so that the kernel finds BUSY there
 * when it sees the position. Submitting exchanges the header: whatever was written before it is seen by who loads it with
 * acquire. The consumer position is loaded with acquire before the space in front of it is written to again.
 */
export class UserRing {
  readonly #consumerLow: Int32Array
  readonly #producer: BigUint64Array
  readonly #producerLow: Int32Array
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #size: number
  readonly #map: string | undefined
  readonly #counts = { submitted: 0, discarded: 0 }
  readonly #open = new Set<UserRecord>()

  /** `map` is the name that errors carry. */
  constructor(memory: RingMemory, map?: string) {
    const { consumer, producer, dataOffset, size } = memory
    if (size < RECORD_ALIGNMENT || (size & (size - 1)) !== 0 || producer.byteLength < dataOffset + 2 * size) {
      throw new RingBufferError(
        'RINGBUF_BAD_ARGUMENT',
        `cannot write to a user ring buffer of ${size} bytes in a mapping of ${producer.byteLength}: the size must be a power` +
          ' of two, and the mapping hold the producer page and the data area twice',
        { map },
      )
    }
    this.#consumerLow = new Int32Array(consumer, 0, 1)
    this.#producer = new BigUint64Array(producer, 0, 1)
    this.#producerLow = new Int32Array(producer, 0, 1)
    this.#words = new Int32Array(producer, dataOffset, (2 * size) / Int32Array.BYTES_PER_ELEMENT)
    this.#view = new DataView(producer, dataOffset, 2 * size)
    this.#size = size
    this.#map = map
  }

  get counts(): UserRingCounts {
    return { ...this.#counts }
  }

  /** Bytes between the positions: what the programs have not consumed yet. */
  get used(): number {
    const distance = (Atomics.load(this.#producerLow, 0) - Atomics.load(this.#consumerLow, 0)) >>> 0
    if (distance <= this.#size && distance % RECORD_ALIGNMENT === 0) return distance
    throw new RingBufferError(
      'RINGBUF_CORRUPT',
      `cannot write to the user ring buffer: its positions are ${distance} bytes apart, which a ring of ${this.#size} bytes` +
        ' cannot be. Check that no other process writes to the same map',
      { map: this.#map },
    )
  }

  /** The most bytes that a record can have, however empty the ring is. */
  get mostBytes(): number {
    return Math.min(this.#size - RECORD_HEADER_SIZE, LENGTH_MASK)
  }

  /**
   * Space for a record of `length` bytes, or undefined where there is none now.
   *
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT for a record that never fits; RINGBUF_CORRUPT
   */
  reserve(length: number): UserRecord | undefined {
    this.check(length)
    const space = recordSpace(length)
    if (space > this.#size - this.used) return undefined
    const offset = Atomics.load(this.#producerLow, 0) & (this.#size - 1)
    const word = offset >>> 2
    this.#words[word] = length | BUSY_BIT
    this.#words[word + 1] = 0
    // One 64-bit store: the kernel must never see half of a new position.
    Atomics.store(this.#producer, 0, BigInt.asUintN(64, Atomics.load(this.#producer, 0) + BigInt(space)))
    const record: UserRecord = new UserRecord(this.#view, offset + RECORD_HEADER_SIZE, length, {
      map: this.#map,
      onEnd: (end) => {
        this.#open.delete(record)
        this.#counts[end]++
        Atomics.exchange(this.#words, word, end === 'submitted' ? length : length | DISCARD_BIT)
      },
    })
    this.#open.add(record)
    return record
  }

  /** Discards what is reserved, so that it does not hide for ever what is written later. */
  discardOpen(): void {
    for (const record of this.#open) record.discard()
  }

  /** @throws RingBufferError RINGBUF_BAD_ARGUMENT for the length of a record that never fits */
  check(length: number): void {
    if (Number.isSafeInteger(length) && length >= 0 && length <= this.mostBytes) return
    throw new RingBufferError(
      'RINGBUF_BAD_ARGUMENT',
      `cannot reserve ${length} bytes in a user ring buffer of ${this.#size}: a record has at most ${this.mostBytes}` +
        " bytes. Raise the map's max_entries for larger ones",
      { map: this.#map },
    )
  }
}

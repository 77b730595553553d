import type { Kernel } from '../kernel/kernel.ts'
import { RecordReader } from './record_reader.ts'
import { Ring, type RingCounts } from './ring.ts'
import { mapRing, type RingBufferMap } from './ring_mapping.ts'

/** What a ring buffer's reader has seen. */
export interface RingStatistics extends RingCounts {
  /** How many times the kernel woke the reader. */
  readonly wakeups: number
  /** Bytes in the buffer now, headers and padding included; 0 after close(). */
  readonly available: number
  /** Bytes that the buffer has: `available / size` is how full it is. */
  readonly size: number
  /** Records that found no space, as the programs count them; undefined where nobody said where they do. */
  readonly lost: bigint | undefined
}

export interface RingBufferOptions {
  /** Reads the programs' own counter of records that found no space: the kernel has none. */
  readonly lost?: (() => bigint) | undefined
}

/**
 * The user's end of a BPF_MAP_TYPE_RINGBUF map (Linux 5.8).
 *
 * A reader that is too slow lets the buffer fill, and the programs' `bpf_ringbuf_reserve` fails, which they should count.
 * Records committed with BPF_RB_NO_WAKEUP do not end a wait; the next wakeup, or `consume()`, finds them.
 */
export class RingBuffer extends RecordReader {
  readonly #ring: Ring
  readonly #size: number
  readonly #lost: (() => bigint) | undefined

  private constructor(kernel: Kernel, map: RingBufferMap, { lost }: RingBufferOptions) {
    const mapping = mapRing(kernel, map)
    const ring = new Ring(mapping.memory, map.name)
    super(kernel, {
      queue: ring,
      descriptors: [map.mapFd],
      readable: 'while records are there',
      release: mapping.unmap,
      what: 'ring buffer',
      map: map.name,
    })
    this.#ring = ring
    this.#size = map.size
    this.#lost = lost
  }

  /**
   * Maps the ring buffer into this process. Reading goes on where the map's last reader ended.
   *
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT if `map.size` is no size of a ring buffer; SyscallError if the kernel
   * refuses the mapping.
   */
  static open(kernel: Kernel, map: RingBufferMap, options: RingBufferOptions = {}): RingBuffer {
    return new RingBuffer(kernel, map, options)
  }

  /** @throws What reading the programs' counter throws, once the object is closed that has it. */
  get statistics(): RingStatistics {
    const available = this.closed ? 0 : this.#ring.available
    return { ...this.#ring.counts, wakeups: this.wakeups, available, size: this.#size, lost: this.#lost?.() }
  }
}

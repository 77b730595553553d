import { DATA_HEAD_OFFSET, type PerfMemory } from './perf_layout.ts'
import type { PerfRecords, PerfVisitor } from './perf_records.ts'

/**
 * The reader's half of one cpu's perf event that is written backward and overwrites its oldest records (`write_backward`,
 * Linux 4.7). The head starts at 0 and goes down, so that the newest record is at the head, the one before it behind it, and
 * so on, until the area has been gone round once or nothing was written yet. Nothing is ever given back: the memory is mapped
 * read-only, which is how the kernel knows that it may overwrite (`perf_mmap` in kernel/events/core.c, Linux 6.18).
 *
 * Reading is only right while the event is paused. A record that the kernel was about to write then may have damaged the
 * oldest one; tools/lib/perf/mmap.c has the same limit.
 */
export class PerfBackwardRing {
  readonly #records: PerfRecords
  readonly #size: number
  readonly #head: BigUint64Array
  /** The head of the last drain: from there on everything was visited before. */
  #previous = 0n
  #interrupted = false

  constructor({ buffer, size }: PerfMemory, records: PerfRecords) {
    this.#records = records
    this.#size = size
    this.#head = new BigUint64Array(buffer, DATA_HEAD_OFFSET, 1)
  }

  /** Bytes that were written since the last drain and are still there. */
  get available(): number {
    const written = BigInt.asUintN(64, this.#previous - Atomics.load(this.#head, 0))
    return written > BigInt(this.#size) ? this.#size : Number(written)
  }

  /**
   * Visits the newest record first and ends where the last drain began, or before the oldest record, if that was overwritten
   * in part. Whatever is not visited, because of `limit` or because a visitor threw, is not visited later either.
   *
   * @returns How many records were visited.
   * @throws RingBufferError RINGBUF_CORRUPT
   */
  drain(visitor: PerfVisitor, limit: number): number {
    const records = this.#records
    let left = this.available
    const head = Atomics.load(this.#head, 0)
    let offset = Number(head & BigInt(this.#size - 1))
    let visited = 0
    this.#enter(head)
    try {
      while (left > 0 && visited < limit && !this.#interrupted) {
        const size = records.sizeAt(offset, left)
        if (size === 0) break
        left -= size
        if (records.visit(offset, size, visitor)) visited++
        offset = (offset + size) & (this.#size - 1)
      }
    } finally {
      records.invalidate()
    }
    return visited
  }

  #enter(head: bigint): void {
    this.#previous = head
    this.#interrupted = false
  }

  /** Ends the drain that is running after the record that it is at. */
  interrupt(): void {
    this.#interrupted = true
  }
}

import { BUSY_BIT, LENGTH_MASK, recordSpace } from './ring_layout.ts'

/** Records in a run at most. A visitor that is slow makes the producers wait for the space of so many. */
const RUN_LENGTH = 64

/**
 * A run of finished records, found by reading their headers one after the other before the first of them is visited.
 *
 * Each header must be loaded with acquire: nothing of a record may be read before the header that says that it is
 * finished. `Atomics.load` does that, but in V8 it is a call: 8 ns for each header of 64-byte records instead of 3.5 with a
 * plain load (Node 20). So the headers of a run are loaded plainly, and one fence behind the last stands for the acquire of
 * all of them. Why that is enough:
 *
 * - A header is an aligned word of an Int32Array, which an engine loads with one instruction: never half of a value.
 * - A header changes once while it is between the positions, from BUSY to finished. So it does not matter when exactly
 *   between the load of the producer position and the fence it was loaded: a BUSY that was finished since ends
 *   the run early, and the next scan finds it; what was finished stays so, until the reader gives its space back.
 * - The engine moves no access to the ring across an Atomics operation: it is a call, or an instruction that it treats
 *   as reading and writing all memory.
 * - The processor does not either. On x86-64 loads stay in order anyway. On arm64 the fence is `stlr` followed by `ldar`, as
 *   V8 makes them of Atomics.store and Atomics.load: earlier loads are done before the first, later ones wait for the
 *   second, and these two keep their order. A single exchange would not do where it is a loop of `ldaxr` and `stlxr`:
 *   accesses from both sides may meet between the two.
 */
export class RecordRun {
  /** The first word of each record's header. */
  readonly headers = new Int32Array(RUN_LENGTH)
  /**
   * Bytes from the start of the data area to each header; the last one belongs to whatever follows the run. They go on
   * into the second mapping of the area, where a run wraps around.
   */
  readonly offsets = new Uint32Array(RUN_LENGTH + 1)
  readonly #words: Int32Array
  readonly #mostBytes: number
  readonly #fence = new Int32Array(1)

  /** `words` is the data area, both mappings of it, as words. A run ends with the record that makes it `mostBytes` long. */
  constructor(words: Int32Array, mostBytes: number) {
    this.#words = words
    this.#mostBytes = mostBytes
  }

  /**
   * Finds the finished records in the `reserved` bytes from `start` of the data area on, `most` of them at most, and
   * returns how many. Ends in front of a record that is BUSY, or whose header claims more than is reserved.
   */
  scan(start: number, reserved: number, most: number): number {
    const { headers, offsets } = this
    const words = this.#words
    const end = start + reserved
    const stop = Math.min(end, start + this.#mostBytes)
    const limit = Math.min(most, RUN_LENGTH)
    let offset = start
    let count = 0
    while (count < limit && offset < stop) {
      const header = words[offset >>> 2] ?? BUSY_BIT
      const next = offset + recordSpace(header & LENGTH_MASK)
      if ((header & BUSY_BIT) !== 0 || next > end) break
      headers[count] = header
      offsets[count] = offset
      count++
      offset = next
    }
    offsets[count] = offset
    Atomics.store(this.#fence, 0, 0)
    Atomics.load(this.#fence, 0)
    return count
  }
}

import type { RecordQueue, RecordVisitor } from './record_queue.ts'
import { RingBufferError } from './ring_buffer_error.ts'

/**
 * Several rings that are read as one, in turns: a ring that its producer fills faster than it is read does not keep the others
 * waiting. A ring has its turn until everything is consumed that was there when a drain's limit first cut it short.
 */
export class RingSet<Origin = void> implements RecordQueue<Origin> {
  readonly #rings: readonly RecordQueue<Origin>[]
  readonly #what: string
  readonly #map: string | undefined
  /** Whose turn it is. */
  #at = 0
  /** Tells whether its turn is over; undefined where no limit has cut it short. */
  #isOver: (() => boolean) | undefined
  #draining = false
  #interrupted = false

  /** `what` and `map` are for errors. */
  constructor(rings: readonly RecordQueue<Origin>[], what: string, map?: string) {
    this.#rings = rings
    this.#what = what
    this.#map = map
  }

  get ready(): boolean {
    return this.#rings.some((ring) => ring.ready)
  }

  get draining(): boolean {
    return this.#draining
  }

  mark(): () => boolean {
    const marks = this.#rings.map((ring) => ring.mark())
    return () => marks.every((isConsumed) => isConsumed())
  }

  /** Each ring is drained at most once, so a drain ends however fast the producers are. */
  drain(visitor: RecordVisitor<Origin>, limit: number): number {
    this.#enter()
    let visited = 0
    try {
      for (let turn = 0; turn < this.#rings.length && visited < limit && !this.#interrupted; turn++) {
        const ring = this.#rings[this.#at]
        if (ring === undefined) break
        visited += ring.drain(visitor, limit - visited)
        if (visited >= limit && !this.#turnIsOver(ring)) break
        this.#isOver = undefined
        this.#at = (this.#at + 1) % this.#rings.length
      }
    } finally {
      this.#draining = false
    }
    return visited
  }

  interrupt(): void {
    this.#interrupted = true
    for (const ring of this.#rings) ring.interrupt()
  }

  #turnIsOver(ring: RecordQueue<Origin>): boolean {
    this.#isOver ??= ring.mark()
    return this.#isOver()
  }

  #enter(): void {
    if (this.#draining) {
      throw new RingBufferError(
        'RINGBUF_IN_USE',
        `cannot drain the ${this.#what} from within its own callback: return from the callback first`,
        { map: this.#map },
      )
    }
    this.#draining = true
    this.#interrupted = false
  }
}

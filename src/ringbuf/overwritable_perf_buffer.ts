import type { Kernel } from '../kernel/kernel.ts'
import { PerfBackwardRing } from './perf_backward_ring.ts'
import { PerfEvents, type PerfBufferMap, type PerfBufferSize } from './perf_events.ts'
import { PerfRecords, type PerfVisitor } from './perf_records.ts'
import { RingBufferError } from './ring_buffer_error.ts'

interface CpuBuffer {
  readonly ring: PerfBackwardRing
  readonly records: PerfRecords
}

/**
 * A perf buffer that keeps the newest records and overwrites the oldest ones (Linux 4.7): a flight recorder. Nobody reads while
 * it is written; when something has happened, `snapshot()` tells what went before. Writing costs the programs no wakeups.
 */
export class OverwritablePerfBuffer implements Disposable {
  readonly #events: PerfEvents
  readonly #buffers: readonly CpuBuffer[]
  readonly #map: string | undefined
  /** What the caller wants; a snapshot pauses for itself. */
  #state: 'recording' | 'paused' | 'closed' = 'recording'
  #reading = false

  private constructor(events: PerfEvents, map: string | undefined) {
    this.#events = events
    this.#map = map
    this.#buffers = events.events.map(({ cpu, memory }) => {
      const records = new PerfRecords(memory, { cpu, map })
      return { records, ring: new PerfBackwardRing(memory, records) }
    })
  }

  /**
   * Opens and maps a perf event on each cpu, and puts it into the map.
   *
   * @throws RingBufferError as `PerfBuffer.open`
   */
  static open(kernel: Kernel, map: PerfBufferMap, options: PerfBufferSize = {}): OverwritablePerfBuffer {
    const wakeup = { kind: 'bytes', count: 2 ** 31 } as const
    const events = PerfEvents.open(kernel, map, options, { direction: 'backward', wakeup })
    return new OverwritablePerfBuffer(events, map.name)
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** Samples that visitors were called with so far. */
  get records(): number {
    return this.#buffers.reduce((total, { records }) => total + records.counts.records, 0)
  }

  /**
   * Calls `visitor` with the records since the last snapshot that are still there: cpu by cpu, of each the newest first, at
   * most `limit` of each. Recording pauses meanwhile, and programs' records are lost; it goes on afterwards, unless it was
   * paused before. What a snapshot has left out, because of `limit` or because `visitor` threw, no later one visits.
   *
   * @returns How many records were visited.
   * @throws RingBufferError RINGBUF_CLOSED, RINGBUF_IN_USE from within a visitor, RINGBUF_CORRUPT; SyscallError
   */
  snapshot(visitor: PerfVisitor, limit = Infinity): number {
    this.#requireOpen()
    if (this.#reading) {
      throw new RingBufferError(
        'RINGBUF_IN_USE',
        'cannot take a snapshot of the perf buffer from within its own callback: return from the callback first',
        { map: this.#map },
      )
    }
    if (this.#state === 'recording') this.#events.pause()
    this.#reading = true
    try {
      return this.#drain(visitor, limit)
    } finally {
      this.#reading = false
      this.#settle()
    }
  }

  /** Keeps what is there: records that programs write from now on are lost. */
  pause(): void {
    this.#requireOpen()
    if (!this.#reading) this.#events.pause()
    this.#state = 'paused'
  }

  /** From within a visitor, once the snapshot is taken. */
  resume(): void {
    this.#requireOpen()
    if (!this.#reading) this.#events.resume()
    this.#state = 'recording'
  }

  /** Closes the events. From within a visitor that one is the last. A second call does nothing. */
  close(): void {
    if (this.closed) return
    this.#state = 'closed'
    for (const { ring } of this.#buffers) ring.interrupt()
    if (!this.#reading) this.#events.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** After a snapshot: does what was asked for before it and meanwhile. */
  #settle(): void {
    if (this.closed) this.#events.close()
    else if (this.#state === 'recording') this.#events.resume()
  }

  #drain(visitor: PerfVisitor, limit: number): number {
    let visited = 0
    for (const { ring } of this.#buffers) {
      if (this.closed) break
      visited += ring.drain(visitor, limit)
    }
    return visited
  }

  #requireOpen(): void {
    if (!this.closed) return
    throw new RingBufferError('RINGBUF_CLOSED', 'cannot use the perf buffer: it was closed', {
      map: this.#map,
    })
  }
}

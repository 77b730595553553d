import type { Kernel } from '../kernel/kernel.ts'
import { PerfEvents, type PerfBufferMap, type PerfBufferSize, type PerfWriting } from './perf_events.ts'
import { PerfRecords } from './perf_records.ts'
import { PerfRing } from './perf_ring.ts'
import { RecordReader } from './record_reader.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import { RingSet } from './ring_set.ts'

export interface PerfBufferOptions extends PerfBufferSize {
  /**
   * Records on one cpu after which the kernel wakes the reader. Default 1. With more, those that are too few wait for
   * `consume()`; a buffer that is half full always wakes.
   */
  readonly wakeupEvents?: number | undefined
  /** Instead of that: bytes in one cpu's buffer, headers included, after which the kernel wakes the reader. */
  readonly wakeupBytes?: number | undefined
  /** Called during a drain, when the kernel tells how many records found no space on a cpu before the next one did. */
  readonly onLost?: ((lost: number, cpu: number) => void) | undefined
}

/** What a perf buffer's reader has seen, of one cpu or of all. */
export interface PerfCpuStatistics {
  /** Samples that a visitor was called with. */
  readonly records: number
  /** The bytes of these samples, with the kernel's padding to 8, without headers. */
  readonly bytes: number
  /** Records that found no space. The kernel tells with the next record that does, so the last ones may not be known yet. */
  readonly lost: number
  /** Records of other kinds than samples and losses. */
  readonly skipped: number
  /** Bytes in the buffer now, headers and padding included; 0 after close(). */
  readonly available: number
}

export interface PerfStatistics extends PerfCpuStatistics {
  /** How many times the kernel woke the reader. */
  readonly wakeups: number
  readonly cpus: ReadonlyMap<number, PerfCpuStatistics>
}

interface CpuBuffer {
  readonly cpu: number
  readonly ring: PerfRing
  readonly records: PerfRecords
}

/**
 * The user's end of a BPF_MAP_TYPE_PERF_EVENT_ARRAY map, to which programs write with `bpf_perf_event_output`: a buffer for each
 * cpu, read as one. Visitors are called with the record and its cpu. Records of one cpu come in order; those of different cpus
 * come in turns, and only what the programs put into them tells their order.
 *
 * A buffer that is full loses the records that come then; `statistics` counts them. A ring buffer (Linux 5.8) is one for all
 * cpus, keeps the order and costs less; this is for programs that are written for perf buffers.
 */
export class PerfBuffer extends RecordReader<number> {
  readonly #events: PerfEvents
  readonly #buffers: readonly CpuBuffer[]

  private constructor(kernel: Kernel, events: PerfEvents, buffers: readonly CpuBuffer[], map?: string) {
    const what = 'perf buffer'
    super(kernel, {
      queue: new RingSet(
        buffers.map(({ ring }) => ring),
        what,
        map,
      ),
      descriptors: events.descriptors,
      readable: 'once for each wakeup',
      release: () => {
        events.close()
      },
      what,
      map,
    })
    this.#events = events
    this.#buffers = buffers
  }

  /**
   * Opens and maps a perf event on each cpu, and puts it into the map.
   *
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT; RINGBUF_OPEN_FAILED if the kernel refuses an event or a mapping, with a
   * PermissionError as cause where a right is missing
   */
  static open(kernel: Kernel, map: PerfBufferMap, options: PerfBufferOptions = {}): PerfBuffer {
    const events = PerfEvents.open(kernel, map, options, {
      direction: 'forward',
      wakeup: wakeupOf(options, map),
    })
    const buffers = events.events.map(({ cpu, memory }) => {
      const records = new PerfRecords(memory, { cpu, map: map.name }, options.onLost)
      return { cpu, records, ring: new PerfRing(memory, records, cpu, map.name) }
    })
    return new PerfBuffer(kernel, events, buffers, map.name)
  }

  get statistics(): PerfStatistics {
    const cpus = new Map(this.#buffers.map((buffer) => [buffer.cpu, this.#cpuStatistics(buffer)]))
    const all = [...cpus.values()]
    const sum = (key: keyof PerfCpuStatistics): number => all.reduce((total, each) => total + each[key], 0)
    return {
      records: sum('records'),
      bytes: sum('bytes'),
      lost: sum('lost'),
      skipped: sum('skipped'),
      available: sum('available'),
      wakeups: this.wakeups,
      cpus,
    }
  }

  /**
   * Records that programs write from now on are lost, and counted as such once one is kept again (PERF_EVENT_IOC_PAUSE_OUTPUT,
   * Linux 4.7). What is in the buffer stays there.
   *
   * @throws RingBufferError RINGBUF_CLOSED; SyscallError
   */
  pause(): void {
    this.requireOpen()
    this.#events.pause()
  }

  /** @throws RingBufferError RINGBUF_CLOSED; SyscallError */
  resume(): void {
    this.requireOpen()
    this.#events.resume()
  }

  #cpuStatistics({ records, ring }: CpuBuffer): PerfCpuStatistics {
    return { ...records.counts, available: this.closed ? 0 : ring.available }
  }
}

function wakeupOf(
  { wakeupEvents, wakeupBytes }: PerfBufferOptions,
  map: PerfBufferMap,
): PerfWriting['wakeup'] {
  if (wakeupBytes === undefined) return { kind: 'events', count: wakeupEvents ?? 1 }
  if (wakeupEvents === undefined) return { kind: 'bytes', count: wakeupBytes }
  throw new RingBufferError(
    'RINGBUF_BAD_ARGUMENT',
    'cannot open a perf buffer that wakes its reader both by records and by bytes: pass one of wakeupEvents and wakeupBytes',
    { map: map.name },
  )
}

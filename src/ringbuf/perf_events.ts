import { bpf_map_update_flags, perf_sw_ids, perf_type_id } from '../abi/generated/bpf.ts'
import { perf_event_attr_flags, perf_event_ioctl, perf_event_sample_format } from '../abi/perf_event_attr.ts'
import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../abi/syscall_flags.ts'
import { BpfError } from '../base/errors.ts'
import type { Fd } from '../base/units.ts'
import { deleteElement, updateElement } from '../kernel/bpf_calls.ts'
import { PermissionError, permissionErrorFor } from '../kernel/capabilities.ts'
import { readOnlineCpus } from '../kernel/cpu_list.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel, Mapping } from '../kernel/kernel.ts'
import { openPerfEvent } from '../kernel/perf_calls.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { PerfMemory } from './perf_layout.ts'
import { RingBufferError } from './ring_buffer_error.ts'

/** A map of type BPF_MAP_TYPE_PERF_EVENT_ARRAY. */
export interface PerfBufferMap {
  /** The map. It stays the caller's, who closes it after the perf buffer. */
  readonly mapFd: Fd
  /** The map's `max_entries`: cpus beyond have no place in it. */
  readonly maxEntries: number
  /** The map's name, for errors. */
  readonly name?: string | undefined
}

/** What the buffers are to be like. */
export interface PerfBufferSize {
  /** Bytes of each cpu's buffer, rounded up to a power of two of pages. Default 256 KiB. */
  readonly bytesPerCpu?: number | undefined
  /** The cpus whose records are wanted. Default: all that are online now. */
  readonly cpus?: readonly number[] | undefined
}

/** How the kernel writes to the buffers. */
export interface PerfWriting {
  /** `backward` overwrites the oldest records. */
  readonly direction: 'forward' | 'backward'
  /** When poll(2) is told: after so many records, or when so many bytes are there. */
  readonly wakeup:
    { readonly kind: 'events'; readonly count: number } | { readonly kind: 'bytes'; readonly count: number }
}

/** One cpu's event. */
export interface PerfEvent {
  readonly cpu: number
  readonly descriptor: FileDescriptor
  readonly memory: PerfMemory
  readonly mapping: Mapping
}

const { BPF_ANY } = bpf_map_update_flags

const DEFAULT_BYTES = 256 * 1024
/** The kernel takes less: all buffers of a user together may lock so much memory as he may. */
const MOST_BYTES = 2 ** 30

/**
 * The perf events of a BPF_MAP_TYPE_PERF_EVENT_ARRAY (Linux 4.3), one software event PERF_COUNT_SW_BPF_OUTPUT (Linux 4.4) for
 * each cpu, with its buffer mapped. `bpf_perf_event_output` with BPF_F_CURRENT_CPU writes to the event that is in the
 * map at the cpu's number (`__bpf_perf_event_output` in kernel/trace/bpf_trace.c, Linux 6.18).
 *
 * A cpu that goes offline writes nothing any more, and goes on where it ended once it is back. One that comes online later
 * than the buffer has no event: programs get ENOENT there, until the buffer is opened again.
 */
export class PerfEvents {
  readonly events: readonly PerfEvent[]
  readonly #kernel: Kernel
  readonly #map: PerfBufferMap

  private constructor(kernel: Kernel, map: PerfBufferMap, events: readonly PerfEvent[]) {
    this.#kernel = kernel
    this.#map = map
    this.events = events
  }

  /**
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT, RINGBUF_OPEN_FAILED with a PermissionError as cause where a right is missing
   */
  static open(kernel: Kernel, map: PerfBufferMap, size: PerfBufferSize, writing: PerfWriting): PerfEvents {
    const bytes = roundSize(size.bytesPerCpu ?? DEFAULT_BYTES, kernel.pageSize, map)
    checkWakeup(writing, map)
    const cpus = size.cpus ?? readOnlineCpus(kernel)
    checkCpus(cpus, map)
    const events: PerfEvent[] = []
    const opened = new PerfEvents(kernel, map, events)
    for (const cpu of cpus) {
      try {
        const event = openOne(kernel, { cpu, bytes, writing })
        events.push(event)
        updateElement(kernel, map.mapFd, u32(cpu), u32(event.descriptor.fd), BPF_ANY)
      } catch (error) {
        // What fails now matters less than why.
        opened.#closeEach()
        throw error instanceof BpfError ? openFailed(map, cpu, error) : error
      }
    }
    return opened
  }

  get descriptors(): readonly Fd[] {
    return this.events.map(({ descriptor }) => descriptor.fd)
  }

  /** Records that programs write from now on are lost, and counted as such. */
  pause(): void {
    this.#setPaused(1)
  }

  resume(): void {
    this.#setPaused(0)
  }

  /** Takes the events out of the map, unmaps and closes them. All of it is tried; the first error is thrown. */
  close(): void {
    const failures = this.#closeEach()
    if (failures.length > 0) throw failures[0]
  }

  #closeEach(): readonly unknown[] {
    const failures: unknown[] = []
    const attempt = (act: () => void): void => {
      try {
        act()
      } catch (error) {
        failures.push(error)
      }
    }
    for (const { cpu, mapping, descriptor } of this.events) {
      attempt(() => deleteElement(this.#kernel, this.#map.mapFd, u32(cpu)))
      attempt(() => {
        mapping.unmap()
      })
      attempt(() => {
        descriptor.close()
      })
    }
    return failures
  }

  #setPaused(argument: number): void {
    for (const { descriptor } of this.events) {
      this.#kernel.ioctl(descriptor.fd, perf_event_ioctl.PERF_EVENT_IOC_PAUSE_OUTPUT, argument)
    }
  }
}

interface EventRequest {
  readonly cpu: number
  readonly bytes: number
  readonly writing: PerfWriting
}

function openOne(kernel: Kernel, { cpu, bytes, writing }: EventRequest): PerfEvent {
  const { direction, wakeup } = writing
  const flags =
    (direction === 'backward' ? perf_event_attr_flags.write_backward : 0n) |
    (wakeup.kind === 'bytes' ? perf_event_attr_flags.watermark : 0n)
  const descriptor = openPerfEvent(
    kernel,
    {
      type: perf_type_id.PERF_TYPE_SOFTWARE,
      config: perf_sw_ids.PERF_COUNT_SW_BPF_OUTPUT,
      sample_type: perf_event_sample_format.PERF_SAMPLE_RAW,
      sample_period: 1,
      flags,
      ...(wakeup.kind === 'bytes' ? { wakeup_watermark: wakeup.count } : { wakeup_events: wakeup.count }),
    },
    { pid: -1, cpu },
  )
  try {
    const mapping = kernel.mmap(descriptor.fd, {
      length: kernel.pageSize + bytes,
      protection: direction === 'backward' ? PROT_READ : PROT_READ | PROT_WRITE,
      flags: MAP_SHARED,
      offset: 0,
    })
    const memory = { buffer: mapping.buffer, dataOffset: kernel.pageSize, size: bytes }
    return { cpu, descriptor, memory, mapping }
  } catch (error) {
    descriptor.close()
    throw mappingRefused(error, bytes) ?? error
  }
}

/**
 * What a user may lock for perf events without CAP_IPC_LOCK: kernel.perf_event_mlock_kb for each cpu, and on top of it
 * RLIMIT_MEMLOCK (Documentation/admin-guide/sysctl/kernel.rst, Linux 6.18).
 */
function mappingRefused(error: unknown, bytes: number): PermissionError | undefined {
  if (!(error instanceof SyscallError) || error.errnoName !== 'EPERM') return undefined
  return new PermissionError(
    `a buffer of ${bytes} bytes was not mapped (EPERM): without CAP_IPC_LOCK the buffers of a user may take ` +
      'kernel.perf_event_mlock_kb for each cpu and RLIMIT_MEMLOCK; ask for less with bytesPerCpu, or raise one of them',
    ['CAP_IPC_LOCK'],
    { cause: error },
  )
}

function openFailed(map: PerfBufferMap, cpu: number, error: BpfError): RingBufferError {
  const cause = error instanceof PermissionError ? error : (permissionErrorFor(error) ?? error)
  const name = map.name === undefined ? '' : ` of map ${map.name}`
  return new RingBufferError(
    'RINGBUF_OPEN_FAILED',
    `cannot open the perf buffer${name} on cpu ${cpu}: ${cause.message}`,
    { map: map.name, cause },
  )
}

function roundSize(bytes: number, pageSize: number, { name }: PerfBufferMap): number {
  if (Number.isSafeInteger(bytes) && bytes > 0 && bytes <= MOST_BYTES) {
    return pageSize * 2 ** Math.ceil(Math.log2(Math.max(bytes / pageSize, 1)))
  }
  throw new RingBufferError(
    'RINGBUF_BAD_ARGUMENT',
    `cannot open a perf buffer of ${bytes} bytes per cpu: pass a number of bytes from 1 to ${MOST_BYTES}`,
    { map: name },
  )
}

function checkWakeup({ wakeup: { kind, count } }: PerfWriting, { name }: PerfBufferMap): void {
  if (Number.isInteger(count) && count > 0 && count < 2 ** 32) return
  throw new RingBufferError(
    'RINGBUF_BAD_ARGUMENT',
    `cannot open a perf buffer that wakes its reader every ${count} ${kind}: pass a positive integer of 32 bits`,
    { map: name },
  )
}

function checkCpus(cpus: readonly number[], { maxEntries, name }: PerfBufferMap): void {
  if (cpus.length === 0 || new Set(cpus).size !== cpus.length) {
    throw new RingBufferError(
      'RINGBUF_BAD_ARGUMENT',
      `cannot open a perf buffer of the cpus [${cpus.join(', ')}]: name each once, and one at least`,
      { map: name },
    )
  }
  const beyond = cpus.find((cpu) => !Number.isInteger(cpu) || cpu < 0 || cpu >= maxEntries)
  if (beyond === undefined) return
  throw new RingBufferError(
    'RINGBUF_BAD_ARGUMENT',
    `cannot open a perf buffer for cpu ${beyond}: map ${name ?? ''} has ${maxEntries} entries. Leave max_entries out of its` +
      " definition, so that it gets one for every cpu, or pass the cpus that are wanted as 'cpus'",
    { map: name },
  )
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

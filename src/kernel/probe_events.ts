import { AbiError } from '../abi/abi_error.ts'
import { O_RDONLY } from '../abi/syscall_flags.ts'
import { cString } from '../abi/object_name.ts'
import { type PermissionError, permissionErrorFor } from './capabilities.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { openPerfEvent } from './perf_calls.ts'
import { type PermissionFacts, readPermissionFacts } from './permission_facts.ts'
import { SyscallError } from './syscall_error.ts'

/** A probe of the kernel's code or of a program's, which perf_event_open(2) makes an event of (Linux 4.17). */
export interface ProbeEvent {
  readonly kind: 'kprobe' | 'uprobe'
  /** A kprobe's function, a uprobe's file. */
  readonly place: string
  /** Bytes from the start of the function, or of the file. */
  readonly offset: number
  /** Whether it is hit where the instruction is reached, or where the function returns that begins there. */
  readonly at: 'entry' | 'return'
  /**
   * Of a uprobe: where in the file a counter of 16 bits is that the kernel keeps above 0 as long as there is the probe
   * (Linux 4.20); 0 for none.
   */
  readonly referenceCounter?: number | undefined
  /** The process whose hits count. Default: all. */
  readonly pid?: number | undefined
}

/**
 * Opens the event of a probe. Its type, and where `config` says that it is one of returns, are in sysfs: of kprobes and uprobes
 * those are numbers of dynamic performance monitoring units (Documentation/ABI/testing/sysfs-bus-event_source-devices).
 *
 * @throws KernelError 'NO_PROBE_EVENTS' where the kernel has no such probes, or no reference counters; AbiError; PermissionError
 *   where a uprobe was refused; SyscallError
 */
export function openProbeEvent(kernel: Kernel, probe: ProbeEvent): FileDescriptor {
  const { kind, place, offset, at, referenceCounter = 0, pid = -1 } = probe
  requireCounterInRange(referenceCounter)
  const type = Number(readUnitFile(kernel, kind, 'type'))
  const returns = at === 'return' ? 1n << firstBit(kernel, kind, 'retprobe') : 0n
  const counter =
    referenceCounter === 0 ? 0n : BigInt(referenceCounter) << firstBit(kernel, kind, 'ref_ctr_offset')
  const name = cString(place)
  const values = {
    type,
    config: returns | counter,
    ...(kind === 'kprobe' ? { kprobe_func: name } : { uprobe_path: name }),
    probe_offset: BigInt(offset),
  }
  try {
    // An event of all processes has to be on some cpu; the probe is hit on every one nevertheless.
    return openPerfEvent(kernel, values, { pid, cpu: pid === -1 ? 0 : -1 })
  } catch (error) {
    throw (kind === 'uprobe' ? uprobeRefusal(error) : undefined) ?? error
  }
}

/**
 * Checks that the kernel has such probes.
 *
 * @throws KernelError 'NO_PROBE_EVENTS'; SyscallError
 */
export function requireProbeEvents(kernel: Kernel, kind: ProbeEvent['kind']): void {
  readUnitFile(kernel, kind, 'type')
}

/** There are 32 bits for it (`PERF_UPROBE_REF_CTR_OFFSET_BITS` in kernel/events/core.c, Linux 6.18). */
function requireCounterInRange(offset: number): void {
  if (Number.isInteger(offset) && offset >= 0 && offset <= 0xffff_ffff) return
  throw new AbiError(
    'ABI_VALUE_OUT_OF_RANGE',
    `the offset of a reference counter in the file is ${offset}, and has to be an integer of 32 bits`,
  )
}

/** Where a field of `config` starts: `config:32-63` and `config:0`. */
function firstBit(kernel: Kernel, kind: ProbeEvent['kind'], field: string): bigint {
  const text = readUnitFile(kernel, kind, `format/${field}`)
  const bit = /^config:(\d{1,2})(?:-\d{1,2})?$/.exec(text)?.[1]
  if (bit !== undefined) return BigInt(bit)
  throw new KernelError(
    'UNEXPECTED_CONTENT',
    `${unitPath(kind, `format/${field}`)} should say which bits of config it is, and reads ${JSON.stringify(text)}`,
  )
}

/**
 * What is missing where the event of a uprobe was refused to a process that has CAP_PERFMON: since Linux 6.16, and in stable
 * releases since then, uprobes take CAP_SYS_ADMIN (`perf_uprobe_event_init` in kernel/events/core.c, Linux 6.18).
 */
export function uprobeRefusal(
  error: unknown,
  facts: PermissionFacts = readPermissionFacts(),
): PermissionError | undefined {
  if (!(error instanceof SyscallError)) return undefined
  const { syscall, errnoName } = error
  const needs = ['CAP_SYS_ADMIN'] as const
  return permissionErrorFor(error, facts) ?? permissionErrorFor(error, facts, { syscall, errnoName, needs })
}

/** Bytes, more than such a file has. */
const MAX_FILE = 64

function readUnitFile(kernel: Kernel, kind: ProbeEvent['kind'], name: string): string {
  const path = unitPath(kind, name)
  try {
    using file = new FileDescriptor(kernel, kernel.open(path, O_RDONLY), path)
    const buffer = new Uint8Array(MAX_FILE)
    return new TextDecoder().decode(buffer.subarray(0, kernel.read(file.fd, buffer))).trim()
  } catch (cause) {
    if (!(cause instanceof SyscallError) || cause.errnoName !== 'ENOENT') throw cause
    const option = kind === 'kprobe' ? 'CONFIG_KPROBE_EVENTS' : 'CONFIG_UPROBE_EVENTS'
    throw new KernelError(
      'NO_PROBE_EVENTS',
      `this kernel has no ${name === 'type' ? kind : `${name.replace('format/', '')} of ${kind}`} events (there is no ` +
        `${path}): they need ${option}, and sysfs mounted at /sys`,
      { cause },
    )
  }
}

const unitPath = (kind: string, name: string): string => `/sys/bus/event_source/devices/${kind}/${name}`

import type { AttrTable, StructTable } from '../abi/attr_table.ts'
import { BPF_ATTR_TABLES, LINK_CREATE, LINK_CREATE_TABLES } from '../abi/bpf_attr.ts'
import { decodeFields } from '../abi/decode_attr.ts'
import type { EncodedAttr } from '../abi/encoded_attr.ts'
import { bpf_cmd } from '../abi/generated/bpf.ts'
import { PERF_EVENT_ATTR } from '../abi/perf_event_attr.ts'
import type { Observer } from '../base/observer.ts'
import type { Fd } from '../base/units.ts'
import { declareWrapper } from './identity.ts'
import type { Kernel, MmapRequest } from './kernel.ts'
import { preparedThrough } from './prepared_bpf.ts'
import { SyscallError } from './syscall_error.ts'

/** A system call that was issued, with its arguments as people read them. */
export interface SyscallStep {
  readonly kind: 'syscall'
  /** e.g. `bpf`. */
  readonly syscall: string
  /** What it was asked to do, where the call does many things, e.g. `BPF_MAP_CREATE`. */
  readonly command: string | undefined
  /** By argument name, or by field of the structure that was passed; fields that are zero are left out. */
  readonly arguments: Readonly<Record<string, ArgumentValue>>
  /** Bytes of the structure, where one was passed: what the kernel was told. */
  readonly attrSize: number | undefined
  /** The structure as the kernel was given it, but for addresses, which are 0. */
  readonly attr: Uint8Array | undefined
  readonly outcome: SyscallOutcome
}

/** A buffer is told by its length only; its bytes are the caller's. */
export type ArgumentValue = number | bigint | string | { readonly kind: 'buffer'; readonly length: number }

export type SyscallOutcome =
  | { readonly kind: 'returned'; readonly value: number }
  | { readonly kind: 'failed'; readonly errno: number; readonly errnoName: string }

export type KernelStep = SyscallStep

/** The kernel with every call reported; the same kernel where nobody listens. */
export function observedKernel(kernel: Kernel, observer: Observer<KernelStep>): Kernel {
  if (observer === undefined) return kernel
  const { observed, observedAsync } = reporter(observer)

  const wrapper: Kernel = {
    ...observedSocketCalls(kernel, observed),
    pageSize: kernel.pageSize,
    bpf: (command, attr) => observed(describeBpf(command, attr), () => kernel.bpf(command, attr)),
    prepareBpf: (command, attr) => preparedThrough((...args) => wrapper.bpf(...args), command, attr),
    perfEventOpen: (attr, pid, cpu, groupFd, flags) =>
      observed(
        {
          syscall: 'perf_event_open',
          attr: withoutAddresses(attr),
          arguments: { ...describeAttr(PERF_EVENT_ATTR, attr), pid, cpu, group_fd: groupFd, flags },
        },
        () => kernel.perfEventOpen(attr, pid, cpu, groupFd, flags),
      ),
    ioctl: (fd, request, argument) =>
      observed({ syscall: 'ioctl', arguments: { fd, request, argument } }, () =>
        kernel.ioctl(fd, request, argument),
      ),
    mmap: (fd, request) =>
      observed({ syscall: 'mmap', arguments: describeMmap(fd, request) }, () => kernel.mmap(fd, request)),
    close: (fd) => {
      observed({ syscall: 'close', arguments: { fd } }, () => {
        kernel.close(fd)
      })
    },
    closeAsync: (fd) => observedAsync({ syscall: 'close', arguments: { fd } }, () => kernel.closeAsync(fd)),
    poll: (descriptors, onReady, interest) => kernel.poll(descriptors, onReady, interest),
    open: (path, flags) =>
      observed({ syscall: 'openat', arguments: { path, flags } }, () => kernel.open(path, flags)),
    openat: (directory, path, flags) =>
      observed({ syscall: 'openat', arguments: { directory, path, flags } }, () =>
        kernel.openat(directory, path, flags),
      ),
    read: (fd, buffer) =>
      observed(
        { syscall: 'read', arguments: { fd, buffer: { kind: 'buffer', length: buffer.length } } },
        () => kernel.read(fd, buffer),
      ),
    ...observedMounts(kernel, observed),
    pidfdOpen: (pid, flags) =>
      observed({ syscall: 'pidfd_open', arguments: { pid, flags } }, () => kernel.pidfdOpen(pid, flags)),
    write: (fd, bytes) =>
      observed({ syscall: 'write', arguments: { fd, bytes: { kind: 'buffer', length: bytes.length } } }, () =>
        kernel.write(fd, bytes),
      ),
    duplicate: (fd) =>
      observed({ syscall: 'fcntl', command: 'F_DUPFD_CLOEXEC', arguments: { fd } }, () =>
        kernel.duplicate(fd),
      ),
    prlimit: (resource, limits) =>
      observed({ syscall: 'prlimit64', arguments: { resource, ...limits } }, () =>
        kernel.prlimit(resource, limits),
      ),
  }
  declareWrapper(wrapper, kernel)
  return wrapper
}

type MountCalls = Pick<Kernel, 'fsopen' | 'fsconfigString' | 'fsconfigCreate' | 'fsmount' | 'moveMount'>

function observedMounts(kernel: Kernel, observed: Reporter['observed']): MountCalls {
  return {
    fsopen: (fsname, flags) =>
      observed({ syscall: 'fsopen', arguments: { fsname, flags } }, () => kernel.fsopen(fsname, flags)),
    fsconfigString: (fd, key, value) => {
      observed({ syscall: 'fsconfig', command: 'FSCONFIG_SET_STRING', arguments: { fd, key, value } }, () => {
        kernel.fsconfigString(fd, key, value)
      })
    },
    fsconfigCreate: (fd) => {
      observed({ syscall: 'fsconfig', command: 'FSCONFIG_CMD_CREATE', arguments: { fd } }, () => {
        kernel.fsconfigCreate(fd)
      })
    },
    fsmount: (fd, flags, attributes) =>
      observed({ syscall: 'fsmount', arguments: { fd, flags, attributes } }, () =>
        kernel.fsmount(fd, flags, attributes),
      ),
    moveMount: (mount, path) => {
      observed({ syscall: 'move_mount', arguments: { mount, path } }, () => {
        kernel.moveMount(mount, path)
      })
    },
  }
}

/** The calls that are about sockets alone. */
function observedSocketCalls(
  kernel: Kernel,
  observed: Reporter['observed'],
): Pick<Kernel, 'socket' | 'setsockopt'> {
  return {
    socket: (domain, type, protocol) =>
      observed({ syscall: 'socket', arguments: { domain, type, protocol } }, () =>
        kernel.socket(domain, type, protocol),
      ),
    setsockopt: (fd, level, option, value) => {
      const buffer = { kind: 'buffer', length: value.length } as const
      observed({ syscall: 'setsockopt', arguments: { fd, level, option, value: buffer } }, () => {
        kernel.setsockopt(fd, level, option, value)
      })
    },
  }
}

function describeMmap(fd: Fd, { address = 0n, ...request }: MmapRequest): ObservedCall['arguments'] {
  const { length, protection, flags, offset } = request
  return { fd, length, protection, flags, offset, ...(address === 0n ? {} : { address }) }
}

interface ObservedCall {
  readonly syscall: string
  readonly command?: string | undefined
  readonly attr?: Uint8Array | undefined
  readonly arguments: Readonly<Record<string, ArgumentValue>>
}

interface Reporter {
  /** Issues a call and reports how it ended; an error goes on to the caller. */
  readonly observed: <Result>(call: ObservedCall, issue: () => Result) => Result
  /** The same for a call that ends later. */
  readonly observedAsync: (call: ObservedCall, issue: () => Promise<void>) => Promise<void>
}

function reporter(observer: (step: KernelStep) => void): Reporter {
  const report = ({ syscall, command, attr, ...call }: ObservedCall, outcome: SyscallOutcome): void => {
    const attrSize = attr?.length
    observer({ kind: 'syscall', syscall, command, arguments: call.arguments, attrSize, attr, outcome })
  }
  const reportFailure = (call: ObservedCall, error: unknown): void => {
    if (!(error instanceof SyscallError)) return
    report(call, { kind: 'failed', errno: error.errno, errnoName: error.errnoName })
  }
  const observed = <Result>(call: ObservedCall, issue: () => Result): Result => {
    let result: Result
    try {
      result = issue()
    } catch (error) {
      reportFailure(call, error)
      throw error
    }
    report(call, { kind: 'returned', value: typeof result === 'number' ? result : 0 })
    return result
  }
  const observedAsync = async (call: ObservedCall, issue: () => Promise<void>): Promise<void> => {
    try {
      await issue()
    } catch (error) {
      reportFailure(call, error)
      throw error
    }
    report(call, { kind: 'returned', value: 0 })
  }
  return { observed, observedAsync }
}

function describeBpf(command: number, attr: EncodedAttr): ObservedCall {
  const table = tableOf(command, attr.bytes)
  return {
    syscall: 'bpf',
    command: table?.name ?? commandName(command),
    attr: withoutAddresses(attr),
    arguments: table === undefined ? {} : describeAttr(table, attr),
  }
}

/** The fields that are not zero, of union members the first, pointers by the length of what they point at. */
function describeAttr(table: StructTable, attr: EncodedAttr): Readonly<Record<string, ArgumentValue>> {
  const result: Record<string, ArgumentValue> = {}
  for (const { field, value } of decodeFields(table, attr.bytes)) {
    if (field.overlays !== undefined || field.type === 'ptr') continue
    const shown = value instanceof Uint8Array ? { kind: 'buffer' as const, length: value.length } : value
    if (shown !== 0 && shown !== 0n && shown !== '') result[field.name] = shown
  }
  for (const { field, target } of attr.pointers) result[field] = { kind: 'buffer', length: target.length }
  return result
}

/** A copy, since a caller may use his again. Where buffers are in this process says nothing about the call. */
function withoutAddresses({ bytes, pointers }: EncodedAttr): Uint8Array {
  const copy = bytes.slice()
  for (const { offset } of pointers) copy.fill(0, offset, offset + 8)
  return copy
}

/** The table of `command`; what BPF_LINK_CREATE takes depends on the attach type, which is in the attr. */
function tableOf(command: number, bytes: Uint8Array): AttrTable | undefined {
  if (command !== bpf_cmd.BPF_LINK_CREATE) return BPF_ATTR_TABLES.find((table) => table.command === command)
  const attachType = decodeFields(LINK_CREATE, bytes).find(({ field }) => field.name === 'attach_type')?.value
  return LINK_CREATE_TABLES.get(Number(attachType)) ?? LINK_CREATE
}

function commandName(command: number): string {
  return Object.entries(bpf_cmd).find(([, number]) => number === command)?.[0] ?? `command ${command}`
}

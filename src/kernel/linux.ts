import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import type * as koffi from 'koffi'
import type { EncodedAttr } from '../abi/encoded_attr.ts'
import { bpf_cmd, fsconfig_command } from '../abi/generated/bpf.ts'
import { perf_event_ioctl, PERF_FLAG_FD_CLOEXEC } from '../abi/perf_event_attr.ts'
import {
  AT_FDCWD,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  F_DUPFD_CLOEXEC,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOVE_MOUNT_F_EMPTY_PATH,
  O_CLOEXEC,
} from '../abi/syscall_flags.ts'
import { SOCK_CLOEXEC } from '../abi/netlink_flags.ts'
import { SYSCALL_NUMBERS, type SyscallName, type SyscallNumbers } from '../abi/syscall_numbers.ts'
import { cString } from '../abi/object_name.ts'
import { fdNumber, type Fd } from '../base/units.ts'
import type {
  Kernel,
  Mapping,
  MmapRequest,
  PollHandle,
  PollInterest,
  PreparedBpf,
  ResourceLimits,
} from './kernel.ts'
import { keepAddonLoaded } from './keep_loaded.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'

type Koffi = typeof koffi

/** What syscall(2) takes: integers, and addresses as koffi gives them. */
type Argument = number | bigint

/** Where a process runs; `process` is one. */
export interface Host {
  readonly platform: string
  readonly arch: string
}

/** EINTR is answered by trying again, as signal(7) asks; a call that is interrupted for ever is given up. */
const MAX_ATTEMPTS = 100
const EINTR = 4

let opened: Kernel | undefined

/**
 * The running kernel. koffi is loaded by the first call, so that whoever only parses and relocates never needs it; later
 * calls give the same kernel.
 *
 * @throws KernelError 'UNSUPPORTED_PLATFORM', 'UNSUPPORTED_ARCHITECTURE', 'KOFFI_NOT_LOADED', 'LIBC_NOT_LOADED'.
 */
export function openKernel(host: Host = process): Kernel {
  const numbers = syscallNumbersOf(host)
  opened ??= new LinuxKernel(loadKoffi(host), numbers)
  return opened
}

function syscallNumbersOf({ platform, arch }: Host): SyscallNumbers {
  if (platform !== 'linux') {
    throw new KernelError(
      'UNSUPPORTED_PLATFORM',
      `BPF programs are loaded into a Linux kernel, and this is ${platform}: run it on Linux (parsing works anywhere)`,
    )
  }
  const numbers = SYSCALL_NUMBERS.get(arch)
  if (numbers === undefined) {
    const known = [...SYSCALL_NUMBERS.keys()].join(' and ')
    throw new KernelError(
      'UNSUPPORTED_ARCHITECTURE',
      `rawbpf has the system call numbers of ${known}, and this process runs on ${arch}`,
    )
  }
  return numbers
}

function loadKoffi(host: Host): Koffi {
  try {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- require() of a module that has types
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (cause) {
    throw new KernelError(
      'KOFFI_NOT_LOADED',
      `koffi, which issues the system calls, could not be loaded for ${host.platform}-${host.arch}: ` +
        'install the dependencies with optional ones included, they carry its builds',
      { cause },
    )
  }
}

/**
 * Issues every call by its number through libc's syscall(2), which glibc and musl export alike, so that no libc has to
 * know bpf(2) or fsopen(2).
 */
class LinuxKernel implements Kernel {
  readonly pageSize: number
  readonly #koffi: Koffi
  readonly #numbers: SyscallNumbers
  readonly #syscall: koffi.KoffiFunc<(number: number, ...args: Argument[]) => number>
  /** The same function with as many arguments as bpf(2) has, which koffi calls a little faster. */
  readonly #syscall3: Syscall3
  /** koffi stops watching when its handle is collected, so each stays here until it is closed. */
  readonly #watched = new Set<KoffiPoll>()
  /** Keeps the buffers of the call that is under way from being collected: their addresses are not references. */
  readonly #inFlight: (readonly unknown[])[] = []

  constructor(koffi: Koffi, numbers: SyscallNumbers) {
    this.#koffi = koffi
    this.#numbers = numbers
    try {
      const libc = koffi.load(null)
      this.#syscall = libc.func(
        'syscall',
        'int64_t',
        Array.from({ length: 7 }, () => 'int64_t'),
      )
      this.#syscall3 = libc.func('syscall', 'int64_t', ['int64_t', 'int64_t', 'int64_t', 'int64_t'])
      this.pageSize = Number(libc.func('getpagesize', 'int', [])())
      if (!isMainThread)
        keepAddonLoaded(
          libc.func('dlopen', 'void *', ['str', 'int']),
          readFileSync('/proc/self/maps', 'utf8'),
        )
    } catch (cause) {
      throw new KernelError(
        'LIBC_NOT_LOADED',
        'this process has no C library with the functions syscall and getpagesize: use a dynamically linked Node.js',
        { cause },
      )
    }
  }

  bpf(command: number, attr: EncodedAttr): number {
    this.#fillPointers(attr)
    const { bytes } = attr
    return this.#call(
      { name: 'bpf', command: bpfCommandName(command) },
      [attr],
      command,
      this.#address(bytes),
      bytes.length,
    )
  }

  prepareBpf(command: number, attr: EncodedAttr): PreparedBpf {
    this.#fillPointers(attr)
    // User space ends far below 2^53, and koffi takes numbers a little faster than bigints.
    const address = Number(this.#address(attr.bytes))
    return new LinuxPreparedBpf(this.#syscall3, this.#koffi, [this.#numbers.bpf, command, address, attr])
  }

  perfEventOpen(attr: EncodedAttr, pid: number, cpu: number, groupFd: number, flags: number): Fd {
    this.#fillPointers(attr)
    const args = [this.#address(attr.bytes), pid, cpu, groupFd, flags | PERF_FLAG_FD_CLOEXEC]
    return fdNumber(this.#call({ name: 'perf_event_open' }, [attr], ...args))
  }

  ioctl(fd: Fd, request: number, argument: number): number {
    return this.#call({ name: 'ioctl', command: ioctlName(request) }, [], fd, request, argument)
  }

  mmap(fd: Fd, { length, protection, flags, offset, ...request }: MmapRequest): Mapping {
    const { address: wanted = 0, visible = { offset: 0, length } } = request
    const address = this.#call({ name: 'mmap' }, [], wanted, length, protection, flags, fd, offset)
    const buffer =
      visible.length === 0
        ? new ArrayBuffer(0)
        : this.#koffi.view(BigInt(address) + BigInt(visible.offset), visible.length)
    let mapped = true
    const unmap = (): void => {
      if (!mapped) return
      mapped = false
      this.#call({ name: 'munmap' }, [], address, length)
    }
    return { buffer, unmap, [Symbol.dispose]: unmap }
  }

  close(fd: Fd): void {
    // Never tried again: on Linux the descriptor is gone even after EINTR, and its number may be another's by now.
    if (this.#syscall(this.#numbers.close, fd, 0, 0, 0, 0, 0) < 0) throw this.#failure({ name: 'close' })
  }

  closeAsync(fd: Fd): Promise<void> {
    return new Promise((resolve, reject) => {
      // koffi carries the worker thread's errno over for the time of the callback, and hands over no error of its own.
      const done = (_: unknown, result: number): void => {
        if (result < 0) reject(this.#failure({ name: 'close' }))
        else resolve()
      }
      try {
        this.#syscall.async(this.#numbers.close, fd, 0, 0, 0, 0, 0, done)
      } catch {
        // koffi queues a limited number of calls (256); one more is closed here and now.
        this.close(fd)
        resolve()
      }
    })
  }

  /**
   * libuv aborts the process, through koffi, when it is given a descriptor that it cannot watch or that it watches already. So it
   * is given an epoll descriptor of our own, and what is wrong with a descriptor comes out of epoll_ctl(2) as an error.
   */
  poll(descriptors: readonly Fd[], onReady: () => void, interest: PollInterest = 'readable'): PollHandle {
    const epoll = fdNumber(this.#call({ name: 'epoll_create1' }, [], EPOLL_CLOEXEC))
    try {
      const call = { name: 'epoll_ctl', command: 'EPOLL_CTL_ADD' } as const
      const event = epollEvent(interest === 'readable' ? EPOLLIN : EPOLLOUT | EPOLLET)
      for (const fd of descriptors) {
        this.#call(call, [event], epoll, EPOLL_CTL_ADD, fd, this.#address(event))
      }
    } catch (error) {
      this.close(epoll)
      throw error
    }
    // An exception that reaches koffi's callback is lost and stops the event loop; thrown from here it is reported.
    const handle = this.#koffi.node.poll(epoll, { readable: true }, () => {
      try {
        if (interest === 'writable') this.#takeEvents(epoll, descriptors.length)
        onReady()
      } catch (error) {
        setImmediate(() => {
          throw error
        })
      }
    })
    this.#watched.add(handle)
    return new LinuxPollHandle(handle, () => {
      this.#watched.delete(handle)
      this.close(epoll)
    })
  }

  /** Takes events from an epoll descriptor, so that those with EPOLLET are reported no more until they come again. */
  #takeEvents(epoll: Fd, count: number): void {
    const events = new Uint8Array(16 * count)
    this.#call({ name: 'epoll_pwait' }, [events], epoll, this.#address(events), count, 0, 0, 0)
  }

  open(path: string, flags: number): Fd {
    return this.openat(fdNumber(AT_FDCWD), path, flags)
  }

  openat(directory: Fd, path: string, flags: number): Fd {
    const name = cString(path)
    const args = [directory, this.#address(name), flags | O_CLOEXEC, 0]
    return fdNumber(this.#call({ name: 'openat', subject: path }, [name], ...args))
  }

  read(fd: Fd, buffer: Uint8Array): number {
    return this.#call({ name: 'read' }, [buffer], fd, this.#address(buffer), buffer.length)
  }

  write(fd: Fd, bytes: Uint8Array): number {
    return this.#call({ name: 'write' }, [bytes], fd, this.#address(bytes), bytes.length)
  }

  duplicate(fd: Fd): Fd {
    return fdNumber(this.#call({ name: 'fcntl', command: 'F_DUPFD_CLOEXEC' }, [], fd, F_DUPFD_CLOEXEC, 0))
  }

  socket(domain: number, type: number, protocol: number): Fd {
    return fdNumber(this.#call({ name: 'socket' }, [], domain, type | SOCK_CLOEXEC, protocol))
  }

  setsockopt(fd: Fd, level: number, option: number, value: Uint8Array): void {
    this.#call({ name: 'setsockopt' }, [value], fd, level, option, this.#address(value), value.length)
  }

  fsopen(fsname: string, flags: number): Fd {
    const name = cString(fsname)
    const args = [this.#address(name), flags | FSOPEN_CLOEXEC]
    return fdNumber(this.#call({ name: 'fsopen', subject: fsname }, [name], ...args))
  }

  fsconfigString(fd: Fd, key: string, value: string): void {
    const command = 'FSCONFIG_SET_STRING'
    const [name, text] = [cString(key), cString(value)]
    const args = [fd, fsconfig_command[command], this.#address(name), this.#address(text), 0]
    this.#call({ name: 'fsconfig', command, subject: key }, [name, text], ...args)
  }

  fsconfigCreate(fd: Fd): void {
    const command = 'FSCONFIG_CMD_CREATE'
    this.#call({ name: 'fsconfig', command }, [], fd, fsconfig_command[command], 0, 0, 0)
  }

  fsmount(fd: Fd, flags: number, attributes: number): Fd {
    return fdNumber(this.#call({ name: 'fsmount' }, [], fd, flags | FSMOUNT_CLOEXEC, attributes))
  }

  moveMount(mount: Fd, path: string): void {
    const [empty, name] = [cString(''), cString(path)]
    const args = [mount, this.#address(empty), AT_FDCWD, this.#address(name), MOVE_MOUNT_F_EMPTY_PATH]
    this.#call({ name: 'move_mount', subject: path }, [empty, name], ...args)
  }

  pidfdOpen(pid: number, flags: number): Fd {
    return fdNumber(this.#call({ name: 'pidfd_open', subject: `process ${pid}` }, [], pid, flags))
  }

  prlimit(resource: number, limits: ResourceLimits | undefined): ResourceLimits {
    const before = new BigUint64Array(2)
    const wanted = limits && new BigUint64Array([limits.soft, limits.hard])
    const args = [0, resource, wanted === undefined ? 0 : this.#address(wanted), this.#address(before)]
    this.#call({ name: 'prlimit64' }, [before, wanted], ...args)
    const [soft = 0n, hard = 0n] = before
    return { soft, hard }
  }

  #address(bytes: Uint8Array | BigUint64Array): bigint {
    return this.#koffi.address(bytes)
  }

  #fillPointers({ bytes, pointers }: EncodedAttr): void {
    if (pointers.length === 0) return
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const { offset, target, pointers: inner } of pointers) {
      if (inner !== undefined) this.#fillPointers({ bytes: target, pointers: inner })
      view.setBigUint64(offset, this.#address(target), true)
    }
  }

  /** Issues a call; `buffers` are what its addresses point into. The result is never negative. */
  #call(call: CallName, buffers: readonly unknown[], ...args: readonly Argument[]): number {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args
    const number = this.#numbers[call.name]
    this.#inFlight.push(buffers)
    try {
      for (let attempt = 1; ; attempt++) {
        const result = this.#syscall(number, a, b, c, d, e, f)
        if (result >= 0) return result
        // Read before anything else runs: every call into libc, ours or Node's, may change it.
        const errno = this.#koffi.errno()
        if (errno !== EINTR || attempt === MAX_ATTEMPTS) throw this.#failure(call, errno)
      }
    } finally {
      this.#inFlight.pop()
    }
  }

  #failure({ name, command, subject }: CallName, errno = this.#koffi.errno()): SyscallError {
    return new SyscallError({ syscall: name, command, errno, subject })
  }
}

type Syscall3 = koffi.KoffiFunc<(number: number, a: Argument, b: Argument, c: Argument) => number>

class LinuxPreparedBpf implements PreparedBpf {
  /** Keeps the buffers that the addresses are of. */
  readonly attr: EncodedAttr
  readonly #syscall: Syscall3
  readonly #koffi: Koffi
  readonly #number: number
  readonly #command: number
  readonly #address: number
  readonly #size: number

  constructor(
    syscall: Syscall3,
    koffi: Koffi,
    [number, command, address, attr]: readonly [number, number, number, EncodedAttr],
  ) {
    this.attr = attr
    this.#syscall = syscall
    this.#koffi = koffi
    this.#number = number
    this.#command = command
    this.#address = address
    this.#size = attr.bytes.length
  }

  call(): number {
    for (let attempt = 1; ; attempt++) {
      const result = this.#syscall(this.#number, this.#command, this.#address, this.#size)
      if (result >= 0) return result
      const errno = this.#koffi.errno()
      if (errno !== EINTR || attempt === MAX_ATTEMPTS) return -errno
    }
  }
}

interface CallName {
  readonly name: SyscallName
  readonly command?: string | undefined
  readonly subject?: string | undefined
}

type KoffiPoll = ReturnType<Koffi['node']['poll']>

/** koffi's handle crashes when it is used after it was closed; this one does nothing then. */
class LinuxPollHandle implements PollHandle {
  #handle: KoffiPoll | undefined
  readonly #onClose: () => void

  constructor(handle: KoffiPoll, onClose: () => void) {
    this.#handle = handle
    this.#onClose = onClose
  }

  close(): void {
    const handle = this.#handle
    this.#handle = undefined
    if (handle === undefined) return
    handle.close()
    this.#onClose()
  }

  ref(): void {
    this.#handle?.ref()
  }

  unref(): void {
    this.#handle?.unref()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/**
 * `struct epoll_event` is 12 bytes on x86-64, where it is packed, and 16 elsewhere. `events` comes first on both, and
 * the `data` behind it is not used.
 */
function epollEvent(events: number): Uint8Array {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, events, true)
  return bytes
}

const BPF_COMMAND_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(bpf_cmd).map(([name, number]) => [number, name]),
)

/** `BPF_MAP_CREATE` for 0. */
function bpfCommandName(command: number): string {
  return BPF_COMMAND_NAMES.get(command) ?? `command ${command}`
}

function ioctlName(request: number): string {
  const known = Object.entries(perf_event_ioctl).find(([, number]) => number === request)
  return known?.[0] ?? `0x${request.toString(16)}`
}

import { RLIM_INFINITY } from '../../src/abi/syscall_flags.ts'
import { fdNumber, type Fd } from '../../src/base/units.ts'
import type { Kernel, Mapping, MmapRequest, ResourceLimits } from '../../src/kernel/kernel.ts'
import { preparedThrough } from '../../src/kernel/prepared_bpf.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

export interface FakeKernelOptions {
  /** Text by path; everything else answers ENOENT. A detached mount of `fs` has the path `fs:`. */
  readonly files?: Readonly<Record<string, string>>
  readonly pageSize?: number
}

/**
 * A kernel that is not there: it hands out descriptors from 100 on, remembers which are open, answers bpf(2) with a new
 * descriptor or whatever `onBpf` says, and has the files that it was given. Directories are whatever prefixes there are.
 */
export class FakeKernel implements Kernel {
  readonly pageSize: number
  /** What each open descriptor stands for. */
  readonly descriptors = new Map<number, string>()
  /** Fake ring buffers and such: the callbacks of poll by descriptor. */
  readonly polled = new Map<number, () => void>()
  mappings = 0
  /** By RLIMIT_*; there is no CAP_SYS_RESOURCE. */
  readonly limits = new Map<number, ResourceLimits>()
  onBpf: Kernel['bpf'] = () => this.#allocate('bpf')
  /** The datagrams with which sockets answer; none unless a test says otherwise. */
  onSend: (bytes: Uint8Array) => readonly Uint8Array[] = () => []
  readonly #files: Readonly<Record<string, string>>
  readonly #datagrams = new Map<number, Uint8Array[]>()
  readonly #positions = new Map<number, number>()
  #next = 100

  constructor({ files = {}, pageSize = 4096 }: FakeKernelOptions = {}) {
    this.#files = files
    this.pageSize = pageSize
  }

  bpf(command: number, attr: Parameters<Kernel['bpf']>[1]): number {
    return this.onBpf(command, attr)
  }

  prepareBpf(...[command, attr]: Parameters<Kernel['prepareBpf']>): ReturnType<Kernel['prepareBpf']> {
    return preparedThrough((...args) => this.bpf(...args), command, attr)
  }

  /** A new descriptor, for `onBpf`. */
  allocate(what: string): Fd {
    return this.#allocate(what)
  }

  perfEventOpen(): Fd {
    return this.#allocate('perf event')
  }

  ioctl(fd: Fd): number {
    this.#expect(fd, 'ioctl')
    return 0
  }

  mmap(fd: Fd, { length, visible }: Pick<MmapRequest, 'length' | 'visible'>): Mapping {
    this.#expect(fd, 'mmap')
    this.mappings++
    let mapped = true
    const unmap = (): void => {
      if (mapped) this.mappings--
      mapped = false
    }
    return { buffer: new ArrayBuffer(visible?.length ?? length), unmap, [Symbol.dispose]: unmap }
  }

  close(fd: Fd): void {
    this.#expect(fd, 'close')
    this.descriptors.delete(fd)
  }

  closeAsync(fd: Fd): Promise<void> {
    return Promise.resolve().then(() => {
      this.close(fd)
    })
  }

  poll(descriptors: readonly Fd[], onReadable: () => void): ReturnType<Kernel['poll']> {
    for (const fd of descriptors) {
      this.#expect(fd, 'epoll_ctl')
      this.polled.set(fd, onReadable)
    }
    const close = (): void => {
      for (const fd of descriptors) this.polled.delete(fd)
    }
    return { close, ref: () => undefined, unref: () => undefined, [Symbol.dispose]: close }
  }

  open(path: string): Fd {
    const isDirectory = Object.keys(this.#files).some((file) => file.startsWith(`${path}/`))
    if (this.#files[path] === undefined && !isDirectory) {
      throw new SyscallError({ syscall: 'openat', errno: 2, subject: path })
    }
    return this.#allocate(path)
  }

  openat(directory: Fd, path: string): Fd {
    return this.open(`${this.#expect(directory, 'openat')}/${path}`)
  }

  read(fd: Fd, buffer: Uint8Array): number {
    const path = this.#expect(fd, 'read')
    const datagrams = this.#datagrams.get(fd)
    if (datagrams !== undefined) return takeDatagram(datagrams, buffer)
    const position = this.#positions.get(fd) ?? 0
    const rest = new TextEncoder().encode(this.#files[path]).subarray(position, position + buffer.length)
    buffer.set(rest)
    this.#positions.set(fd, position + rest.length)
    return rest.length
  }

  /** A socket answers what it is sent with datagrams, which are read one after the other. */
  write(fd: Fd, bytes: Uint8Array): number {
    this.#expect(fd, 'write')
    const waiting = this.#datagrams.get(fd) ?? []
    this.#datagrams.set(fd, [...waiting, ...this.onSend(bytes)])
    return bytes.length
  }

  duplicate(fd: Fd): Fd {
    return this.#allocate(this.#expect(fd, 'fcntl'))
  }

  socket(): Fd {
    const fd = this.#allocate('socket')
    this.#datagrams.set(fd, [])
    return fd
  }

  setsockopt(...[fd]: Parameters<Kernel['setsockopt']>): void {
    this.#expect(fd, 'setsockopt')
  }

  fsopen(fsname: string): Fd {
    return this.#allocate(`${fsname}:`)
  }

  fsconfigString(fd: Fd): void {
    this.#expect(fd, 'fsconfig')
  }

  fsconfigCreate(fd: Fd): void {
    this.#expect(fd, 'fsconfig')
  }

  fsmount(fd: Fd): Fd {
    return this.#allocate(this.#expect(fd, 'fsmount'))
  }

  pidfdOpen(pid: number): Fd {
    return this.#allocate(`process ${pid}`)
  }

  prlimit(resource: number, limits: ResourceLimits | undefined): ResourceLimits {
    const before = this.limits.get(resource) ?? { soft: RLIM_INFINITY, hard: RLIM_INFINITY }
    if (limits !== undefined) {
      if (limits.hard > before.hard) throw new SyscallError({ syscall: 'prlimit64', errno: 1 })
      this.limits.set(resource, limits)
    }
    return before
  }

  moveMount(mount: Fd): void {
    this.#expect(mount, 'move_mount')
  }

  #allocate(what: string): Fd {
    const fd = fdNumber(this.#next++)
    this.descriptors.set(fd, what)
    return fd
  }

  #expect(fd: Fd, syscall: string): string {
    const what = this.descriptors.get(fd)
    if (what === undefined) throw new SyscallError({ syscall, errno: 9 })
    return what
  }
}

function takeDatagram(datagrams: Uint8Array[], buffer: Uint8Array): number {
  const datagram = datagrams.shift()
  if (datagram === undefined) throw new SyscallError({ syscall: 'read', errno: 11 })
  buffer.set(datagram.subarray(0, buffer.length))
  return Math.min(datagram.length, buffer.length)
}

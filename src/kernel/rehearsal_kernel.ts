import { closeSync, openSync, readSync } from 'node:fs'
import { bpf_cmd } from '../abi/generated/bpf.ts'
import { RLIM_INFINITY } from '../abi/syscall_flags.ts'
import { type Fd, fdNumber } from '../base/units.ts'
import type { Kernel, Mapping, MmapRequest, PollHandle, ResourceLimits } from './kernel.ts'
import { preparedThrough } from './prepared_bpf.ts'
import { SyscallError } from './syscall_error.ts'

/** Descriptors start where no reader takes them for ones of his shell. */
const FIRST_FD = 3

const ENOENT = 2
const EBADF = 9

/** What a command of bpf(2) comes to in a kernel that has everything and holds nothing; a descriptor where it is not here. */
const answers: ReadonlyMap<number, 'done' | 'nothing there'> = new Map([
  [bpf_cmd.BPF_MAP_LOOKUP_ELEM, 'nothing there'],
  [bpf_cmd.BPF_MAP_UPDATE_ELEM, 'done'],
  [bpf_cmd.BPF_MAP_DELETE_ELEM, 'done'],
  [bpf_cmd.BPF_MAP_UPDATE_BATCH, 'done'],
  [bpf_cmd.BPF_MAP_GET_NEXT_KEY, 'nothing there'],
  [bpf_cmd.BPF_MAP_FREEZE, 'done'],
  [bpf_cmd.BPF_OBJ_PIN, 'done'],
  [bpf_cmd.BPF_OBJ_GET, 'nothing there'],
  [bpf_cmd.BPF_PROG_ATTACH, 'done'],
  [bpf_cmd.BPF_PROG_DETACH, 'done'],
  [bpf_cmd.BPF_PROG_TEST_RUN, 'done'],
  [bpf_cmd.BPF_PROG_QUERY, 'done'],
  [bpf_cmd.BPF_PROG_BIND_MAP, 'done'],
  [bpf_cmd.BPF_OBJ_GET_INFO_BY_FD, 'done'],
  [bpf_cmd.BPF_TASK_FD_QUERY, 'done'],
  [bpf_cmd.BPF_LINK_UPDATE, 'done'],
  [bpf_cmd.BPF_LINK_DETACH, 'done'],
  [bpf_cmd.BPF_PROG_GET_NEXT_ID, 'nothing there'],
  [bpf_cmd.BPF_MAP_GET_NEXT_ID, 'nothing there'],
  [bpf_cmd.BPF_LINK_GET_NEXT_ID, 'nothing there'],
  [bpf_cmd.BPF_BTF_GET_NEXT_ID, 'nothing there'],
])

/**
 * A kernel that is only asked for show: it takes every call that changes something, as a kernel would that has all features,
 * and does nothing. Descriptors are numbers of its own. A load into it issues, through the same code, the calls that a real one
 * would; whether a verifier agrees with the programs it cannot tell.
 *
 * Files are read, not written: those of this system by whom it is given, those of tracefs never, where every tracepoint is
 * taken to be there.
 */
export class RehearsalKernel implements Kernel {
  readonly pageSize = 4096
  readonly #isReadable: (path: string) => boolean
  /** What each open descriptor is: the descriptor of a file of this system, or nothing behind it. */
  readonly #open = new Map<Fd, OpenFile | undefined>()

  /** @param isReadable Which files of this system it has: another kernel's rehearsal does not see what is the running one's. */
  constructor(isReadable: (path: string) => boolean) {
    this.#isReadable = isReadable
  }

  bpf(...[command]: Parameters<Kernel['bpf']>): number {
    const answer = answers.get(command)
    if (answer === 'done') return 0
    if (answer === 'nothing there') throw new SyscallError({ syscall: 'bpf', errno: ENOENT })
    return this.#give()
  }

  prepareBpf(...[command, attr]: Parameters<Kernel['prepareBpf']>): ReturnType<Kernel['prepareBpf']> {
    return preparedThrough((...call) => this.bpf(...call), command, attr)
  }

  perfEventOpen(): Fd {
    return this.#give()
  }

  ioctl(): number {
    return 0
  }

  mmap(...[, { length, visible }]: [Fd, MmapRequest]): Mapping {
    const unmap = (): void => undefined
    return { buffer: new ArrayBuffer(visible?.length ?? length), unmap, [Symbol.dispose]: unmap }
  }

  close(fd: Fd): void {
    if (!this.#open.has(fd)) throw new SyscallError({ syscall: 'close', errno: EBADF })
    const file = this.#open.get(fd)
    this.#open.delete(fd)
    if (file?.kind === 'file') closeSync(file.fd)
  }

  closeAsync(fd: Fd): Promise<void> {
    this.close(fd)
    return Promise.resolve()
  }

  poll(): PollHandle {
    const nothing = (): void => undefined
    return { close: nothing, ref: nothing, unref: nothing, [Symbol.dispose]: nothing }
  }

  open(path: string, flags: number): Fd {
    if (!this.#isReadable(path)) throw new SyscallError({ syscall: 'openat', errno: ENOENT, subject: path })
    return this.#give({ kind: 'file', fd: openFile(path, flags) })
  }

  /** Directories that are opened are those of tracefs. */
  openat(...[, path]: Parameters<Kernel['openat']>): Fd {
    return this.#give({ kind: 'assumed', left: path.endsWith('/id') ? ASSUMED_ID : new Uint8Array() })
  }

  read(fd: Fd, buffer: Uint8Array): number {
    const file = this.#open.get(fd)
    if (file === undefined) return 0
    if (file.kind === 'file') return readSync(file.fd, buffer)
    const count = Math.min(file.left.length, buffer.length)
    buffer.set(file.left.subarray(0, count))
    file.left = file.left.subarray(count)
    return count
  }

  write(...[, bytes]: Parameters<Kernel['write']>): number {
    return bytes.length
  }

  duplicate(fd: Fd): Fd {
    return this.#give(this.#open.get(fd)?.kind === 'assumed' ? this.#open.get(fd) : undefined)
  }

  socket(): Fd {
    return this.#give()
  }

  setsockopt(): void {
    return undefined
  }

  fsopen(): Fd {
    return this.#give()
  }

  fsconfigString(): void {
    return undefined
  }

  fsconfigCreate(): void {
    return undefined
  }

  fsmount(): Fd {
    return this.#give()
  }

  moveMount(): void {
    return undefined
  }

  pidfdOpen(): Fd {
    return this.#give()
  }

  prlimit(): ResourceLimits {
    return { soft: RLIM_INFINITY, hard: RLIM_INFINITY }
  }

  /** The lowest number that is free, as the kernel does it. */
  #give(file?: OpenFile): Fd {
    let number = FIRST_FD
    while (this.#open.has(fdNumber(number))) number++
    this.#open.set(fdNumber(number), file)
    return fdNumber(number)
  }
}

type OpenFile =
  /** A file of this system, by the descriptor that node has for it. */
  | { readonly kind: 'file'; readonly fd: number }
  /** What it is taken to hold. */
  | { readonly kind: 'assumed'; left: Uint8Array }

/** The number of a tracepoint in tracefs: some number, since there is no kernel to give one. */
const ASSUMED_ID = new TextEncoder().encode('1\n')

function openFile(path: string, flags: number): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    if (error instanceof Error && 'errno' in error && typeof error.errno === 'number')
      throw new SyscallError({ syscall: 'openat', errno: -error.errno, subject: path })
    throw error
  }
}

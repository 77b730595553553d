import { bpf_cmd } from '../../src/abi/generated/bpf.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { preparedThrough } from '../../src/kernel/prepared_bpf.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

/** A method of Kernel that issues a call which can fail. */
export type FailingMethod = Exclude<keyof Kernel, 'pageSize' | 'prepareBpf'>

export interface Failure {
  /** Which of the matching calls fails, counted from 1; every one of them if it is not given. */
  readonly nth?: number
  /** Only calls of this method count. */
  readonly method?: FailingMethod
  /** Only bpf(2) with this command counts. */
  readonly command?: keyof typeof bpf_cmd
  readonly errno: number
}

/** Which system call a method issues. */
const SYSCALLS: Readonly<Record<FailingMethod, string>> = {
  bpf: 'bpf',
  perfEventOpen: 'perf_event_open',
  ioctl: 'ioctl',
  mmap: 'mmap',
  close: 'close',
  closeAsync: 'close',
  poll: 'epoll_ctl',
  open: 'openat',
  openat: 'openat',
  read: 'read',
  write: 'write',
  duplicate: 'fcntl',
  socket: 'socket',
  setsockopt: 'setsockopt',
  fsopen: 'fsopen',
  fsconfigString: 'fsconfig',
  fsconfigCreate: 'fsconfig',
  fsmount: 'fsmount',
  pidfdOpen: 'pidfd_open',
  prlimit: 'prlimit64',
  moveMount: 'move_mount',
}

/**
 * Wraps `kernel` so that the Nth call (of a method, of a command) is answered with `errno` and never reaches it. Calls of
 * close do not count unless the method asks for them: a failed load has to be able to close what it opened.
 */
export function failingKernel(kernel: Kernel, failure: Failure): Kernel {
  let seen = 0

  const fails = (method: FailingMethod, command: number | undefined): boolean => {
    if (failure.method === undefined && (method === 'close' || method === 'closeAsync')) return false
    if (failure.method !== undefined && failure.method !== method) return false
    if (failure.command !== undefined && bpf_cmd[failure.command] !== command) return false
    seen++
    return failure.nth === undefined || failure.nth === seen
  }
  const wrap =
    <M extends FailingMethod>(method: M) =>
    (...args: Parameters<Kernel[M]>): ReturnType<Kernel[M]> => {
      const command = method === 'bpf' ? Number(args[0]) : undefined
      if (fails(method, command)) {
        const name = Object.entries(bpf_cmd).find(([, number]) => number === command)?.[0]
        throw new SyscallError({ syscall: SYSCALLS[method], command: name, errno: failure.errno })
      }
      const call = kernel[method].bind(kernel) as (...args: Parameters<Kernel[M]>) => ReturnType<Kernel[M]>
      return call(...args)
    }

  return {
    pageSize: kernel.pageSize,
    bpf: wrap('bpf'),
    prepareBpf: (command, attr) => preparedThrough(wrap('bpf'), command, attr),
    perfEventOpen: wrap('perfEventOpen'),
    ioctl: wrap('ioctl'),
    mmap: wrap('mmap'),
    close: wrap('close'),
    closeAsync: wrap('closeAsync'),
    poll: wrap('poll'),
    open: wrap('open'),
    openat: wrap('openat'),
    read: wrap('read'),
    write: wrap('write'),
    duplicate: wrap('duplicate'),
    socket: wrap('socket'),
    setsockopt: wrap('setsockopt'),
    fsopen: wrap('fsopen'),
    fsconfigString: wrap('fsconfigString'),
    fsconfigCreate: wrap('fsconfigCreate'),
    fsmount: wrap('fsmount'),
    pidfdOpen: wrap('pidfdOpen'),
    prlimit: wrap('prlimit'),
    moveMount: wrap('moveMount'),
  }
}

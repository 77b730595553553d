/** The system calls that rawbpf issues. */
export type SyscallName =
  | 'bpf'
  | 'perf_event_open'
  | 'ioctl'
  | 'mmap'
  | 'munmap'
  | 'close'
  | 'read'
  | 'write'
  | 'socket'
  | 'setsockopt'
  | 'fcntl'
  | 'openat'
  | 'epoll_create1'
  | 'epoll_ctl'
  | 'epoll_pwait'
  | 'fsopen'
  | 'fsconfig'
  | 'fsmount'
  | 'prlimit64'
  | 'move_mount'
  | 'pidfd_open'

export type SyscallNumbers = Readonly<Record<SyscallName, number>>

/**
 * Numbers by Node's name of the architecture. x64 has a table of its own (arch/x86/entry/syscalls/syscall_64.tbl), arm64
 * the generic one (scripts/syscall.tbl, before Linux 6.11 include/uapi/asm-generic/unistd.h). Neither ever changes a
 * number.
 */
export const SYSCALL_NUMBERS: ReadonlyMap<string, SyscallNumbers> = new Map([
  [
    'x64',
    {
      read: 0,
      write: 1,
      close: 3,
      mmap: 9,
      munmap: 11,
      ioctl: 16,
      socket: 41,
      setsockopt: 54,
      fcntl: 72,
      epoll_ctl: 233,
      openat: 257,
      epoll_pwait: 281,
      epoll_create1: 291,
      perf_event_open: 298,
      prlimit64: 302,
      bpf: 321,
      move_mount: 429,
      fsopen: 430,
      fsconfig: 431,
      fsmount: 432,
      pidfd_open: 434,
    },
  ],
  [
    'arm64',
    {
      epoll_create1: 20,
      epoll_ctl: 21,
      epoll_pwait: 22,
      fcntl: 25,
      ioctl: 29,
      openat: 56,
      close: 57,
      read: 63,
      write: 64,
      socket: 198,
      setsockopt: 208,
      munmap: 215,
      mmap: 222,
      perf_event_open: 241,
      prlimit64: 261,
      bpf: 280,
      move_mount: 429,
      fsopen: 430,
      fsconfig: 431,
      fsmount: 432,
      pidfd_open: 434,
    },
  ],
])

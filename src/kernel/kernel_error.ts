import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

/** The kernel cannot be reached, or something about it that rawbpf needs is not there. */
export class KernelError extends BpfError {
  declare readonly code: KernelErrorCode

  constructor(code: KernelErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

export type KernelErrorCode =
  /** Not Linux. */
  | 'UNSUPPORTED_PLATFORM'
  /** An architecture that rawbpf has no system call numbers for, or koffi no build. */
  | 'UNSUPPORTED_ARCHITECTURE'
  /** koffi could not be loaded although the architecture is known. */
  | 'KOFFI_NOT_LOADED'
  /** The process has no `syscall` function of a C library. */
  | 'LIBC_NOT_LOADED'
  /** The kernel offers no BTF of itself. */
  | 'NO_KERNEL_BTF'
  /** The kernel's configuration is in none of the usual places. */
  | 'NO_KERNEL_CONFIG'
  /** The kernel does not list its symbols. */
  | 'NO_KALLSYMS'
  /** A BPF file system that is to delegate rights gave no token. */
  | 'NO_TOKEN'
  /** A directory for pins is not in a BPF file system, or could not be used. */
  | 'NO_BPFFS'
  /** A map, program or link could not be pinned. */
  | 'PIN_FAILED'
  /** tracefs could be reached on none of the ways to it. */
  | 'NO_TRACEFS'
  /** Another process reads the trace, and the kernel lets one do so. */
  | 'TRACE_IN_USE'
  /** tracefs is there and the tracepoint is not. */
  | 'NO_SUCH_TRACEPOINT'
  /** This network namespace has no interface of that name or index. */
  | 'NO_SUCH_INTERFACE'
  /** There are no kprobe or uprobe events, or none with what was asked of them. */
  | 'NO_PROBE_EVENTS'
  /** No process has the number. */
  | 'NO_SUCH_PROCESS'
  /** There is no function of that name in the kernel, or in a BPF program. */
  | 'NO_SUCH_FUNCTION'
  /** The kernel does not give programs cookies where one is attached. */
  | 'NO_COOKIES'
  /** A program or library is in none of the places where it was looked for. */
  | 'NO_SUCH_EXECUTABLE'
  /** A file that is there cannot be read. */
  | 'FILE_UNREADABLE'
  /** There is no cgroup of version 2 at a path. */
  | 'NO_SUCH_CGROUP'
  /** A file of the kernel's is not what it should be. */
  | 'UNEXPECTED_CONTENT'

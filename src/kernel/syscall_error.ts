import { errnoMeaning, errnoName } from '../abi/errno.ts'
import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

/** What the kernel was asked for when it answered with an error. */
export interface FailedSyscall {
  /** The system call's name, e.g. `bpf`. */
  readonly syscall: string
  /** What it was asked to do, where the call does many things, e.g. `BPF_MAP_CREATE`. */
  readonly command?: string | undefined
  /** A positive errno, e.g. 13. */
  readonly errno: number
  /** What the call was about, e.g. a path. */
  readonly subject?: string | undefined
  /** What the kernel says in its own words, as netlink does. */
  readonly explanation?: string | undefined
}

/** The kernel answered a system call with an error. `code` is the errno's name. */
export class SyscallError extends BpfError {
  readonly syscall: string
  readonly command: string | undefined
  readonly errno: number
  /** e.g. `EACCES`. */
  readonly errnoName: string

  constructor(failed: FailedSyscall, options: BpfErrorOptions = {}) {
    const name = errnoName(failed.errno)
    super(name, describe(failed, name), options)
    this.syscall = failed.syscall
    this.command = failed.command
    this.errno = failed.errno
    this.errnoName = name
  }
}

function describe(failed: FailedSyscall, name: string): string {
  const call = `${failed.syscall}(${failed.command ?? ''})`
  const about = failed.subject === undefined ? '' : ` on ${failed.subject}`
  const meaning = errnoMeaning(failed.errno)
  const words = failed.explanation === undefined ? '' : `; the kernel says: ${failed.explanation}`
  return `${call}${about} failed with ${name}${meaning === undefined ? '' : `: ${meaning}`}${words}`
}

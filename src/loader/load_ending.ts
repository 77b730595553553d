import type { BpfError } from '../base/errors.ts'
import { PermissionError } from '../kernel/capabilities.ts'
import { SyscallError } from '../kernel/syscall_error.ts'

/** The part of an object that was being loaded when something failed. */
export interface LoadPart {
  readonly kind: 'program' | 'map'
  /** Whether the caller can do without: what an object needs, it fails for at the first sign. */
  readonly need: 'required' | 'optional'
}

/** The process or the machine has no more of something, whatever is asked for next; or a signal came in between. */
const shortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR'])

/** Without these, bpf(2) does nothing at all for a loader; CAP_BPF was split from CAP_SYS_ADMIN in Linux 5.8. */
const neededByAll: ReadonlySet<string> = new Set(['CAP_BPF', 'CAP_SYS_ADMIN'])

/**
 * Whether an error ends the whole load, because all that is to come would fail the same way. Otherwise it is the trouble of
 * one program or map, and the load goes on without that.
 *
 * A map that the kernel has no memory for may just be too large. A program is small, so that ENOMEM is about the machine.
 */
export function endsTheLoad(error: BpfError, part: LoadPart): boolean {
  if (error instanceof PermissionError) return forbidsAll(error, part)
  const errno = errnoOf(error)
  return errno !== undefined && (shortages.has(errno) || (errno === 'ENOMEM' && part.kind === 'program'))
}

/**
 * One capability that is missing is worth one message, not one for each program that needs it. What is forbidden for
 * another reason may be forbidden for one kind of programs only.
 */
function forbidsAll({ missing }: PermissionError, { kind, need }: LoadPart): boolean {
  if (need === 'optional') return missing.some((capability) => neededByAll.has(capability))
  return kind === 'map' || missing.length > 0
}

/** How the system call failed that the error is about. */
function errnoOf(error: BpfError): string | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SyscallError) return cause.errnoName
  }
  return undefined
}

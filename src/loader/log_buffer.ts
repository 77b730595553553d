import { KernelLog, type LogLoss } from '../kernel/kernel_log.ts'
import { SyscallError } from '../kernel/syscall_error.ts'

/**
 * Bytes of the first attempt, and of the last. Kernels take up to UINT_MAX >> 2 (kernel/bpf/log.c, Linux 6.18), which nobody
 * reads; a million verified instructions narrate some 60 MB.
 */
const FIRST_SIZE = 1 << 16
const LAST_SIZE = 1 << 26

/** How a call ended. */
export type Outcome<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: SyscallError }

/** What the kernel said, and how the call ended. */
export interface Logged<T> {
  readonly log: string
  /** What of the log is missing, because it is longer than the largest buffer. The call then failed with ENOSPC. */
  readonly lost: LogLoss
  readonly outcome: Outcome<T>
}

/**
 * Issues a call with a log buffer, and again with a larger one as long as the log does not fit: with one that is large
 * enough where the kernel tells its size (Linux 6.4), else with four times as much each time.
 */
export function withLog<T>(level: number, call: (log: KernelLog) => T): Logged<T> {
  for (let size = FIRST_SIZE; ;) {
    const request = new KernelLog(level, size)
    const outcome = outcomeOf(() => call(request))
    const larger = isCutShort(outcome) ? largerSize(request) : undefined
    if (larger === undefined) return { log: request.text, lost: lossOf(request, outcome), outcome }
    size = larger
  }
}

/** @throws what is no answer of the kernel's. */
export function outcomeOf<T>(call: () => T): Outcome<T> {
  try {
    return { kind: 'done', value: call() }
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    return { kind: 'failed', error }
  }
}

function isCutShort(outcome: Outcome<unknown>): boolean {
  return outcome.kind === 'failed' && outcome.error.errnoName === 'ENOSPC'
}

/** The size of the next attempt; undefined where there is none, or where the log fitted and ENOSPC means something else. */
function largerSize({ buffer: { length }, trueSize }: KernelLog): number | undefined {
  if (length === LAST_SIZE) return undefined
  if (trueSize === 0) return Math.min(length * 4, LAST_SIZE)
  if (trueSize <= length) return undefined
  // Times are part of the log, and may have a digit more the next time.
  return Math.min(trueSize + (trueSize >>> 3), LAST_SIZE)
}

function lossOf({ buffer: { length }, trueSize }: KernelLog, outcome: Outcome<unknown>): LogLoss {
  if (!isCutShort(outcome)) return 'nothing'
  if (trueSize === 0) return 'end'
  return trueSize > length ? 'start' : 'nothing'
}

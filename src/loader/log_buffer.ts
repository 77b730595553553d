import { SyscallError } from '../kernel/syscall_error.ts'

/** Bytes of the first attempt, and of the last. A log may take at most UINT_MAX >> 2 bytes (kernel/bpf/log.c, Linux 6.18). */
const FIRST_SIZE = 1 << 16
const LAST_SIZE = 1 << 28

/** What the kernel said, and the error that it ended with; no error where the second try went well. */
export interface Logged<T> {
  readonly log: string
  readonly outcome:
    { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: SyscallError }
}

/**
 * Repeats a call that failed, this time with a log buffer, and with a larger one as long as the kernel answers ENOSPC.
 * Loads run without a log at first, since writing one costs more than most programs' verification.
 */
export function repeatWithLog<T>(call: (log: Uint8Array) => T): Logged<T> {
  for (let size = FIRST_SIZE; ; size *= 4) {
    const buffer = new Uint8Array(size)
    try {
      const value = call(buffer)
      return { log: textOf(buffer), outcome: { kind: 'done', value } }
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      if (error.errnoName === 'ENOSPC' && size < LAST_SIZE) continue
      return { log: textOf(buffer), outcome: { kind: 'failed', error } }
    }
  }
}

function textOf(buffer: Uint8Array): string {
  const end = buffer.indexOf(0)
  return new TextDecoder().decode(buffer.subarray(0, end === -1 ? buffer.length : end))
}

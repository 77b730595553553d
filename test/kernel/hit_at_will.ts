import { getPriority, setPriority } from 'node:os'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { writeObject } from '../object/object_writer.ts'

/**
 * A function that is there in every kernel with CONFIG_SECURITY and is hit at will, by `callFunction()`. It is global, and its
 * callers are in another file (kernel/sys.c), so that it is never inlined. As an LSM hook it is `task_setnice`.
 */
export const FUNCTION = 'security_task_setnice'

/** The system call that comes to it. */
export const SYSCALL = 'setpriority'

/** Sets this process's priority to what it is. @returns the errno's name where that is refused */
export function callFunction(): string | undefined {
  try {
    setPriority(process.pid, getPriority(process.pid))
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

/** Node.js wraps what setpriority(2) answers (`SystemError` in its documentation of errors). */
function codeOf(error: unknown): string {
  const info = error instanceof Error && 'info' in error ? error.info : undefined
  if (typeof info !== 'object' || info === null || !('code' in info)) throw error
  return String(info.code)
}

/**
 * A tracepoint that test runs of most BPF programs go through, whose argument is the errno that they are about to end with
 * (net/bpf/test_run.c, Linux 5.2). `hitTracepoint()` hits it.
 */
export const TRACEPOINT = 'bpf_test_finish'

/** Runs a socket filter over a packet. @returns the errno's name where that fails */
export function hitTracepoint(): string | undefined {
  using object = loadObject(parseObject(writeObject({ programs: [{ section: 'socket' }] }), 'filter.bpf.o'))
  try {
    object.program('program').testRun({ dataIn: new Uint8Array(64) })
    return undefined
  } catch (error) {
    if (error instanceof SyscallError) return error.errnoName
    throw error
  }
}

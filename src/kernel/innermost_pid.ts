import type { Kernel } from './kernel.ts'
import { readWholeFile } from './whole_file.ts'

/** Bytes; one has two thousand. */
const MAX_SIZE = 64 * 1024

/**
 * What a process calls itself: its pid in its own pid namespace, from `NSpid` in /proc/PID/status (proc_pid_status(5), Linux 4.1).
 * `pid` where the kernel does not tell.
 *
 * @throws SyscallError where there is no such process
 */
export function innermostPid(kernel: Kernel, pid: number): number {
  const status = new TextDecoder().decode(readWholeFile(kernel, `/proc/${pid}/status`, MAX_SIZE))
  const innermost = /^NSpid:.*\t(\d+)$/m.exec(status)?.[1]
  return innermost === undefined ? pid : Number(innermost)
}

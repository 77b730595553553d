import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'
import { readWholeFile } from './whole_file.ts'

/** Where the kernel lists its symbols, if it was built with CONFIG_KALLSYMS. */
export const KALLSYMS_PATH = '/proc/kallsyms'

/** Bytes; a distribution's kernel with its modules has 10 to 20 MB. */
const MAX_SIZE = 256 * 1024 * 1024

/**
 * The lines of `/proc/kallsyms`. To a process without CAP_SYSLOG the kernel may show all addresses as 0, depending on
 * kernel.kptr_restrict and kernel.perf_event_paranoid (kallsyms_show_value, Documentation/admin-guide/sysctl/kernel.rst).
 *
 * @throws KernelError 'NO_KALLSYMS', 'UNEXPECTED_CONTENT'
 */
export function readKallsyms(kernel: Kernel): string {
  return new TextDecoder().decode(readKallsymsBytes(kernel))
}

/** The same lines as bytes, which are ASCII. */
export function readKallsymsBytes(kernel: Kernel): Uint8Array {
  try {
    return readWholeFile(kernel, KALLSYMS_PATH, MAX_SIZE)
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause
    throw new KernelError(
      'NO_KALLSYMS',
      `the running kernel's symbols were looked for in ${KALLSYMS_PATH} (${cause.errnoName}): it is there where the kernel ` +
        'was built with CONFIG_KALLSYMS=y and /proc is mounted',
      { cause },
    )
  }
}

import { O_RDONLY } from '../abi/syscall_flags.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'

/** Where the kernel lists the cpus that can ever be there (Documentation/ABI/testing/sysfs-devices-system-cpu). */
export const POSSIBLE_CPUS_PATH = '/sys/devices/system/cpu/possible'

/** More than a list of 8192 cpus, the most that a kernel is built for, none beside another. */
const MAX_BYTES = 64 * 1024

/** Far more than the 8192 that a kernel is built for (CONFIG_NR_CPUS, Linux 6.18). */
const MAX_CPU = 1 << 20

/**
 * How many cpus this kernel can ever have; maps with a value for every cpu have that many. The ids may have gaps.
 *
 * @throws KernelError 'UNEXPECTED_CONTENT'; SyscallError where the file cannot be read
 */
export function countPossibleCpus(kernel: Kernel): number {
  using file = new FileDescriptor(kernel, kernel.open(POSSIBLE_CPUS_PATH, O_RDONLY), POSSIBLE_CPUS_PATH)
  const buffer = new Uint8Array(MAX_BYTES)
  const text = new TextDecoder().decode(buffer.subarray(0, kernel.read(file.fd, buffer)))
  const count = countCpus(text)
  if (count !== undefined) return count
  throw new KernelError(
    'UNEXPECTED_CONTENT',
    `${POSSIBLE_CPUS_PATH} should be a list of cpus such as 0-3,8, and reads ${JSON.stringify(text.slice(0, 100))}`,
  )
}

/**
 * Counts the cpus of a list: numbers and ranges between commas, ascending, as in `0-3,8` (the kernel's `%*pbl` format,
 * Documentation/core-api/printk-formats.rst, Linux 6.18).
 *
 * @returns undefined for what is no such list, or an empty one.
 */
export function countCpus(list: string): number | undefined {
  let count = 0
  let next = 0
  for (const part of list.replace(/\n$/, '').split(',')) {
    const range = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part)
    if (range === null) return undefined
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (first < next || last < first || last > MAX_CPU) return undefined
    count += last - first + 1
    next = last + 1
  }
  return count
}

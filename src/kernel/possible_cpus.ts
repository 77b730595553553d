import { readCpuList } from './cpu_list.ts'
import type { Kernel } from './kernel.ts'

/** Where the kernel lists the cpus that can ever be there (Documentation/ABI/testing/sysfs-devices-system-cpu). */
export const POSSIBLE_CPUS_PATH = '/sys/devices/system/cpu/possible'

/**
 * How many cpus this kernel can ever have; maps with a value for every cpu have that many. The ids may have gaps.
 *
 * @throws KernelError 'UNEXPECTED_CONTENT'; SyscallError where the file cannot be read
 */
export function countPossibleCpus(kernel: Kernel): number {
  return readCpuList(kernel, POSSIBLE_CPUS_PATH).length
}

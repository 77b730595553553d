import { O_RDONLY } from '../abi/syscall_flags.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'

/** Where the kernel lists the cpus that run now (Documentation/ABI/testing/sysfs-devices-system-cpu). */
export const ONLINE_CPUS_PATH = '/sys/devices/system/cpu/online'

/** More than a list of 8192 cpus, the most that a kernel is built for, none beside another. */
const MAX_BYTES = 64 * 1024

/** Far more than the 8192 that a kernel is built for (CONFIG_NR_CPUS, Linux 6.18). */
const MAX_CPU = 1 << 20

/**
 * The ids of the cpus that run now, ascending.
 *
 * @throws KernelError 'UNEXPECTED_CONTENT'; SyscallError where the file cannot be read
 */
export function readOnlineCpus(kernel: Kernel): readonly number[] {
  return readCpuList(kernel, ONLINE_CPUS_PATH)
}

/**
 * The cpus that a file of the kernel's lists.
 *
 * @throws KernelError 'UNEXPECTED_CONTENT'; SyscallError where the file cannot be read
 */
export function readCpuList(kernel: Kernel, path: string): readonly number[] {
  using file = new FileDescriptor(kernel, kernel.open(path, O_RDONLY), path)
  const buffer = new Uint8Array(MAX_BYTES)
  const text = new TextDecoder().decode(buffer.subarray(0, kernel.read(file.fd, buffer)))
  const cpus = parseCpuList(text)
  if (cpus !== undefined) return cpus
  throw new KernelError(
    'UNEXPECTED_CONTENT',
    `${path} should be a list of cpus such as 0-3,8, and reads ${JSON.stringify(text.slice(0, 100))}`,
  )
}

/**
 * The cpus of a list: numbers and ranges between commas, ascending, as in `0-3,8` (the kernel's `%*pbl` format,
 * Documentation/core-api/printk-formats.rst, Linux 6.18).
 *
 * @returns undefined for what is no such list, or an empty one.
 */
export function parseCpuList(list: string): readonly number[] | undefined {
  const cpus: number[] = []
  for (const part of list.replace(/\n$/, '').split(',')) {
    const range = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part)
    if (range === null) return undefined
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (first <= (cpus.at(-1) ?? -1) || last < first || last > MAX_CPU) return undefined
    for (let cpu = first; cpu <= last; cpu++) cpus.push(cpu)
  }
  return cpus
}

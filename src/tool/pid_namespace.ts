import { statSync } from 'node:fs'

/** What bpf_get_ns_current_pid_tgid() knows a pid namespace by. */
export interface PidNamespace {
  /** As the kernel has it, which is not as stat(2) gives it. */
  readonly device: bigint
  readonly inode: bigint
}

/** The pid namespace that this process is in. */
export function pidNamespace(): PidNamespace {
  const { dev, ino } = statSync('/proc/self/ns/pid', { bigint: true })
  return { device: kernelDevice(dev), inode: ino }
}

/**
 * stat(2) gives the 20 bits of the minor number in two parts (new_encode_dev() in include/linux/kdev_t.h, Linux 6.18); the kernel
 * itself has the major number in the 12 bits above them.
 */
export function kernelDevice(device: bigint): bigint {
  const major = (device >> 8n) & 0xfffn
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n)
  return (major << 20n) | minor
}

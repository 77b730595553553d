import { O_RDONLY } from '../abi/syscall_flags.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * Opens the directory of a cgroup. Whether it is one, and one of version 2, shows when something is attached to it.
 *
 * @throws KernelError 'NO_SUCH_CGROUP'; SyscallError
 */
export function openCgroup(kernel: Kernel, path: string): FileDescriptor {
  try {
    return new FileDescriptor(kernel, kernel.open(path, O_RDONLY), `cgroup ${path}`)
  } catch (cause) {
    if (!(cause instanceof SyscallError) || !['ENOENT', 'ENOTDIR'].includes(cause.errnoName)) throw cause
    throw new KernelError(
      'NO_SUCH_CGROUP',
      `there is no cgroup at ${path}; cgroups are directories below the place where cgroup2 is mounted, usually /sys/fs/cgroup`,
      { cause },
    )
  }
}

import { release, version } from 'node:os'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'
import { readWholeFile } from './whole_file.ts'

/** Ubuntu tells here which release its kernel is made of: `Ubuntu 5.4.0-12.15-generic 5.4.8`. */
export const VERSION_SIGNATURE_PATH = '/proc/version_signature'

const MAX_SIZE = 64 * 1024

/** What uname(2) says. */
export interface Uname {
  readonly release: string
  readonly version: string
}

/**
 * The version of the running kernel as a number: KERNEL_VERSION(major, minor, patch) of include/linux/version.h, with 255 for
 * all patch numbers above. The release that uname(2) tells is not it everywhere: Debian has it in the version string
 * (`#1 SMP Debian 5.10.46-4`), Ubuntu in a file. libbpf looks in the same places (`get_kernel_version` in
 * src/libbpf_probes.c).
 *
 * @throws KernelError 'UNEXPECTED_CONTENT'
 */
export function readKernelVersionCode(
  kernel: Kernel,
  uname: Uname = { release: release(), version: version() },
): number {
  const found =
    /^\s*\S+\s+\S+\s+(\d+)\.(\d+)\.(\d+)/.exec(readSignature(kernel)) ??
    /Debian (\d+)\.(\d+)\.(\d+)/.exec(uname.version) ??
    /^(\d+)\.(\d+)\.(\d+)/.exec(uname.release)
  if (found === null) {
    throw new KernelError(
      'UNEXPECTED_CONTENT',
      `the kernel's release is ${JSON.stringify(uname.release)}, which does not begin with three numbers`,
    )
  }
  const [major = 0, minor = 0, patch = 0] = found.slice(1).map(Number)
  return (((major & 0xffff) << 16) >>> 0) + ((minor & 0xff) << 8) + Math.min(patch, 0xff)
}

function readSignature(kernel: Kernel): string {
  try {
    return new TextDecoder().decode(readWholeFile(kernel, VERSION_SIGNATURE_PATH, MAX_SIZE))
  } catch (error) {
    if (error instanceof SyscallError) return ''
    throw error
  }
}

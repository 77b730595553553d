import { statSync } from 'node:fs'
import { MAP_PRIVATE, O_RDONLY, PROT_READ } from '../abi/syscall_flags.ts'
import { PermissionError } from './capabilities.ts'
import { FileDescriptor } from './file_descriptor.ts'
import { identityOf } from './identity.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'

/** Where the running kernel offers the BTF of itself (Linux 5.4, CONFIG_DEBUG_INFO_BTF). */
export const VMLINUX_BTF_PATH = '/sys/kernel/btf/vmlinux'

/** Distributions' kernels have 5 to 10 MB of BTF. */
const MAX_SIZE = 512 * 1024 * 1024

const cache = new WeakMap<Kernel, Uint8Array>()

/**
 * The bytes of the running kernel's BTF, read once per kernel. Do not write to them.
 *
 * Linux 6.16 and later let the file be mapped (privately and read-only), so that only the pages that are looked at cost
 * anything; before that, mmap(2) answers ENODEV and the file is read. The mapping is never undone: types and strings are
 * read from it for as long as somebody holds the parsed BTF, and one look after munmap(2) would kill the process. It is
 * one mapping for the life of the process, of pages that the kernel keeps in memory anyway.
 *
 * @throws KernelError 'NO_KERNEL_BTF', 'UNEXPECTED_CONTENT'; PermissionError.
 */
export function vmlinuxBtfBytes(kernel: Kernel, path: string = VMLINUX_BTF_PATH): Uint8Array {
  const cached = cache.get(identityOf(kernel))
  if (cached !== undefined) return cached
  const bytes = loadBytes(kernel, path)
  cache.set(identityOf(kernel), bytes)
  return bytes
}

function loadBytes(kernel: Kernel, path: string): Uint8Array {
  using file = openBtf(kernel, path)
  const size = sizeOf(path)
  return mapped(kernel, file, size) ?? readFully(kernel, file, size)
}

function openBtf(kernel: Kernel, path: string): FileDescriptor {
  try {
    return new FileDescriptor(kernel, kernel.open(path, O_RDONLY), path)
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause
    if (cause.errnoName === 'EACCES' || cause.errnoName === 'EPERM') {
      throw new PermissionError(`the kernel's BTF, ${path}, may not be read (${cause.errnoName})`, [], {
        cause,
      })
    }
    throw new KernelError(
      'NO_KERNEL_BTF',
      `the running kernel's BTF was looked for in ${path} (${cause.errnoName}): ` +
        'it is there where the kernel was built with CONFIG_DEBUG_INFO_BTF=y (Linux 5.4) and /sys is mounted',
      { cause },
    )
  }
}

/** sysfs knows the exact size. */
function sizeOf(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0 || size > MAX_SIZE) {
    throw new KernelError(
      'UNEXPECTED_CONTENT',
      `${path} should hold the kernel's BTF, and its size is ${size} bytes`,
    )
  }
  return size
}

function mapped(kernel: Kernel, file: FileDescriptor, length: number): Uint8Array | undefined {
  try {
    const request = { length, protection: PROT_READ, flags: MAP_PRIVATE, offset: 0 }
    return new Uint8Array(kernel.mmap(file.fd, request).buffer)
  } catch (error) {
    if (error instanceof SyscallError) return undefined
    throw error
  }
}

function readFully(kernel: Kernel, file: FileDescriptor, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let filled = 0
  while (filled < size) {
    const count = kernel.read(file.fd, bytes.subarray(filled))
    if (count === 0) {
      throw new KernelError('UNEXPECTED_CONTENT', `${file.what} ended after ${filled} of its ${size} bytes`)
    }
    filled += count
  }
  return bytes
}

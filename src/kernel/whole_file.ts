import { constants } from 'node:fs'
import { O_NONBLOCK, O_RDONLY } from '../abi/syscall_flags.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'

/** Bytes that are asked for at once at first. */
const FIRST_CHUNK = 64 * 1024

/**
 * All of a file whose size is not known before, as with those that the kernel writes while they are read.
 *
 * @param limit Bytes.
 * @throws KernelError 'UNEXPECTED_CONTENT' for a file beyond the limit; SyscallError where it cannot be read
 */
export function readWholeFile(kernel: Kernel, path: string, limit: number): Uint8Array {
  using file = new FileDescriptor(kernel, kernel.open(path, O_RDONLY), path)
  return readToEnd(kernel, file, limit)
}

/**
 * A file as a process sees it, in its own root. The process may have put there what it likes: a symbolic link is not followed,
 * since it would be in our root, and a FIFO is not waited for.
 *
 * @param limit Bytes.
 * @throws as {@link readWholeFile} does
 */
export function readFileOfProcess(kernel: Kernel, pid: number, path: string, limit: number): Uint8Array {
  const place = `/proc/${pid}/root${path}`
  const flags = O_RDONLY | O_NONBLOCK | constants.O_NOFOLLOW
  using file = new FileDescriptor(kernel, kernel.open(place, flags), place)
  return readToEnd(kernel, file, limit)
}

/**
 * All that is left of an open file.
 *
 * @param limit Bytes.
 * @throws KernelError 'UNEXPECTED_CONTENT' for more than the limit; SyscallError where it cannot be read
 */
export function readToEnd(kernel: Kernel, file: FileDescriptor, limit: number): Uint8Array {
  let bytes = new Uint8Array(FIRST_CHUNK)
  let filled = 0
  for (;;) {
    const count = kernel.read(file.fd, bytes.subarray(filled))
    if (count === 0) return bytes.subarray(0, filled)
    filled += count
    if (filled > limit) {
      throw new KernelError(
        'UNEXPECTED_CONTENT',
        `${file.what} has more than ${limit} bytes, far too many for what it is`,
      )
    }
    if (filled < bytes.length) continue
    const larger = new Uint8Array(bytes.length * 2)
    larger.set(bytes)
    bytes = larger
  }
}

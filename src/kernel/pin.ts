import { basename, dirname, join } from 'node:path'
import { pinObject } from './bpf_calls.ts'
import { removePin, requireBpfFs } from './bpffs.ts'
import { permissionErrorFor } from './capabilities.ts'
import type { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * Gives what is behind `descriptor`, a map, program or link, a name in the BPF file system. It lives on after this process
 * until the name is removed. The last directory of the path is made where only it is missing.
 *
 * @throws KernelError 'NO_BPFFS' where the path leads into no BPF file system, 'PIN_FAILED'; PermissionError
 */
export function pinDescriptor(kernel: Kernel, descriptor: FileDescriptor, path: string): void {
  requireBpfFs(dirname(path))
  try {
    pinObject(kernel, descriptor.fd, path)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    throw refusedPin(descriptor.what, path, error)
  }
}

function refusedPin(what: string, path: string, error: SyscallError): Error {
  const failed = (found: string): KernelError =>
    new KernelError('PIN_FAILED', `cannot pin ${what} at ${path}: ${found}`, { cause: error })
  if (error.errnoName === 'EEXIST') {
    return failed('something is pinned there already; remove it if nobody needs it, or choose another path')
  }
  // The file system keeps names with a dot for itself and answers EPERM (bpf_lookup in kernel/bpf/inode.c, Linux 6.18).
  if (basename(path).includes('.')) {
    return failed(`names in a BPF file system have no dots (${error.errnoName}); choose another one`)
  }
  return permissionErrorFor(error) ?? failed(error.message)
}

/**
 * Where something of that name is pinned in `directory`. An object file names its programs and maps as it likes, and none of
 * them is to lead out of the directory.
 *
 * @throws KernelError 'PIN_FAILED'
 */
export function pinPathIn(directory: string, name: string): string {
  if (!['', '.', '..'].includes(name) && !name.includes('/')) return join(directory, name)
  throw new KernelError(
    'PIN_FAILED',
    `cannot pin ${JSON.stringify(name)} in ${directory}: it is no file's name`,
  )
}

/** Something that can be pinned, and where it is to be. */
export interface PinRequest {
  readonly path: string
  /** Whatever has a `pin()`: a map, a program, a link. */
  readonly object: { pin(path: string): void }
}

/** Pins all of it or nothing: where one cannot be pinned, those before it are unpinned again. */
export function pinAll(requests: readonly PinRequest[]): void {
  const pinned: string[] = []
  try {
    for (const { path, object } of requests) {
      object.pin(path)
      pinned.push(path)
    }
  } catch (error) {
    for (const path of pinned.reverse()) removePin(path)
    throw error
  }
}

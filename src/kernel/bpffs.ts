import { mkdirSync, statfsSync, unlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { BpfError } from '../base/errors.ts'
import { permissionErrorFor } from './capabilities.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'

/** `f_type` of the BPF file system: BPF_FS_MAGIC, include/uapi/linux/magic.h, Linux 6.18. */
const BPF_FS_MAGIC = 0xcafe_4a11

/** Where the BPF file system usually is. */
export const BPF_FS_PATH = '/sys/fs/bpf'

/**
 * Makes sure that `directory` is there and in a BPF file system (Linux 4.4), which is the only place for pins. Where it is
 * not there it is made, for the owner alone, in a parent that has to be.
 *
 * @throws KernelError 'NO_BPFFS'
 */
export function requireBpfFs(directory: string): void {
  const type = fileSystemOf(directory)
  if (type === BPF_FS_MAGIC) return
  if (type === undefined && isBpfFs(dirname(directory))) {
    makeDirectory(directory)
    return
  }
  const found = type === undefined ? 'it does not exist' : `its file system is of type 0x${type.toString(16)}`
  throw noBpfFs(directory, found)
}

/** Whether there is a directory of a BPF file system at `path`. */
export function isBpfFs(path: string): boolean {
  return fileSystemOf(path) === BPF_FS_MAGIC
}

/**
 * Makes sure that `directory` is there and in a BPF file system, as requireBpfFs does, and mounts one where there is none:
 * at /sys/fs/bpf for what is to be below it, otherwise at the directory itself. It stays mounted.
 *
 * @throws KernelError 'NO_BPFFS'; mounting needs CAP_SYS_ADMIN and Linux 5.2.
 */
export function ensureBpfFs(kernel: Kernel, directory: string): void {
  const path = resolve(directory)
  if (!isBpfFs(path) && !isBpfFs(dirname(path))) {
    const isUsual = path === BPF_FS_PATH || path.startsWith(`${BPF_FS_PATH}/`)
    const mountPoint = isUsual ? BPF_FS_PATH : path
    if (!isUsual) makeDirectory(path)
    if (!isBpfFs(mountPoint)) mountBpfFs(kernel, mountPoint)
  }
  requireBpfFs(path)
}

/**
 * Mounts a BPF file system at `directory`, for the owner alone, as `mount -t bpf -o mode=0700` does.
 */
function mountBpfFs(kernel: Kernel, directory: string): void {
  try {
    using context = new FileDescriptor(kernel, kernel.fsopen('bpf', 0), 'bpf context')
    kernel.fsconfigString(context.fd, 'mode', '0700')
    kernel.fsconfigCreate(context.fd)
    using mount = new FileDescriptor(kernel, kernel.fsmount(context.fd, 0, 0), 'bpf mount')
    kernel.moveMount(mount.fd, directory)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const cause = permissionErrorFor(error) ?? error
    throw noBpfFs(directory, `one could not be mounted there (${cause.message})`, cause)
  }
}

/** Takes a pin away again; one that is gone already is fine. What it held lives on as long as something else holds it. */
export function removePin(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw noBpfFs(path, `it could not be removed (${String(error)})`)
  }
}

function fileSystemOf(path: string): number | undefined {
  try {
    return statfsSync(path).type
  } catch {
    return undefined
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw noBpfFs(directory, `it could not be made (${String(error)})`)
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function noBpfFs(path: string, found: string, cause?: BpfError): KernelError {
  return new KernelError(
    'NO_BPFFS',
    `a BPF file system was looked for at ${path}: ${found}; mount one with mount -t bpf bpf ${BPF_FS_PATH}, or name a ` +
      'directory in one',
    { cause },
  )
}

import { SyscallError } from './syscall_error.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { readWholeFile } from './whole_file.ts'

/** A piece of a process's memory that a file is mapped to. */
export interface MappedFile {
  /** The first address, and the first one behind it. */
  readonly start: bigint
  readonly end: bigint
  readonly isExecutable: boolean
  /** Where in the file it starts. */
  readonly offset: bigint
  /** Device and inode, which are the same for every process that maps it. */
  readonly identity: string
  /** As that process sees it; of a file that was removed, ` (deleted)` follows. */
  readonly path: string
}

/** Bytes; a process with a hundred thousand mappings has some ten MB. */
const MAX_SIZE = 256 * 1024 * 1024

/** `7f5c6f5d8000-7f5c6f5d9000 r-xp 00000000 103:01 362990598   /data/libhello.so` (proc_pid_maps(5)). */
const LINE = /^([0-9a-f]+)-([0-9a-f]+) ..(.). ([0-9a-f]+) (\S+ \d+) +(\/.*)$/

/**
 * The files that are mapped into a process, from /proc/PID/maps. Memory without a file, the stack and the like are not among
 * them.
 *
 * @throws KernelError 'NO_SUCH_PROCESS'; SyscallError where it may not be read
 */
export function readMappedFiles(kernel: Kernel, pid: number): readonly MappedFile[] {
  const text = new TextDecoder().decode(readMaps(kernel, pid))
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line)
    if (match === null) return []
    const [, start = '', end = '', execute = '', offset = '', identity = '', path = ''] = match
    const hex = (digits: string): bigint => BigInt(`0x${digits}`)
    const range = { start: hex(start), end: hex(end), offset: hex(offset) }
    return [{ ...range, isExecutable: execute === 'x', identity, path }]
  })
}

function readMaps(kernel: Kernel, pid: number): Uint8Array {
  const path = `/proc/${pid}/maps`
  try {
    return readWholeFile(kernel, path, MAX_SIZE)
  } catch (cause) {
    // ESRCH: it ended between open(2) and read(2).
    if (!(cause instanceof SyscallError) || !['ENOENT', 'ESRCH'].includes(cause.errnoName)) throw cause
    throw new KernelError('NO_SUCH_PROCESS', `there is no process ${pid}, or no /proc`, { cause })
  }
}

import { errnoNames } from './generated/errno.ts'

/** Numbers that the kernel keeps to itself (include/linux/errno.h, Linux 6.18) and that bpf(2) lets out all the same. */
const INTERNAL_NAMES: ReadonlyMap<number, string> = new Map([
  [512, 'ERESTARTSYS'],
  [524, 'ENOTSUPP'],
])

/** What the answers mean that the system calls of a BPF loader give. */
const MEANINGS: Readonly<Record<string, string>> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file, element or id',
  ESRCH: 'no such process, or no such symbol',
  EINTR: 'interrupted by a signal',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  E2BIG: 'the argument is too long, or has fields that this kernel does not know',
  EBADF: 'not an open file descriptor',
  EAGAIN: 'try again',
  ENOMEM: 'not enough memory',
  EACCES: 'permission denied',
  EFAULT: 'bad address',
  EBUSY: 'in use already',
  EEXIST: 'it exists already',
  ENODEV: 'no such device, or this kernel was built without it',
  ENOTDIR: 'not a directory',
  EINVAL: 'invalid argument',
  ENFILE: 'the system has too many open files',
  EMFILE: 'this process has too many open files (see ulimit -n)',
  ENOTTY: 'this descriptor does not take that ioctl',
  EFBIG: 'too large',
  ENOSPC: 'no space left',
  EROFS: 'read-only file system',
  ERANGE: 'out of range',
  ENAMETOOLONG: 'name too long',
  ENOSYS: 'this kernel does not have that system call, or a filter hides it',
  ELOOP: 'too many levels of links',
  ENODATA: 'no data',
  EOVERFLOW: 'value too large for its type',
  EPROTO: 'protocol error',
  EOPNOTSUPP: 'not supported',
  ENOTSUPP: 'not supported',
  EADDRINUSE: 'address in use already',
  ETIMEDOUT: 'timed out',
  ESTALE: 'stale file handle',
  ENOKEY: 'the required key is not available',
  EKEYREJECTED: 'the key was rejected',
}

/** The name of a positive errno, e.g. 'EACCES' for 13; `errno N` for a number that Linux does not name. */
export function errnoName(errno: number): string {
  return errnoNames[errno] ?? INTERNAL_NAMES.get(errno) ?? `errno ${errno}`
}

/** What a positive errno says, in one line, where it is one that a BPF loader meets. */
export function errnoMeaning(errno: number): string | undefined {
  return MEANINGS[errnoName(errno)]
}

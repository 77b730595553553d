import { MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, O_RDONLY } from '../abi/syscall_flags.ts'
import type { Fd } from '../base/units.ts'
import { PermissionError } from './capabilities.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * The tracing file system (Documentation/trace/ftrace.rst, Linux 6.18), as far as an attach needs it: the numbers of
 * tracepoints.
 *
 * It need not be mounted. So the ways to it are tried in this order: the mount point that is made for it; a detached
 * mount of our own, which is in no mount table and gone when it is closed (fsopen(2), Linux 5.2); and the one inside
 * debugfs, last because opening that one makes the kernel mount tracefs there.
 */
interface Way {
  readonly name: string
  /** Opens the directory `events`. */
  readonly open: (kernel: Kernel) => Fd
}

const WAYS: readonly Way[] = [
  { name: '/sys/kernel/tracing', open: (kernel) => kernel.open('/sys/kernel/tracing/events', O_RDONLY) },
  { name: 'a detached mount (fsopen)', open: openDetached },
  {
    name: '/sys/kernel/debug/tracing',
    open: (kernel) => kernel.open('/sys/kernel/debug/tracing/events', O_RDONLY),
  },
]

function openDetached(kernel: Kernel): Fd {
  using context = new FileDescriptor(kernel, kernel.fsopen('tracefs', 0), 'tracefs context')
  kernel.fsconfigCreate(context.fd)
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
  using mount = new FileDescriptor(kernel, kernel.fsmount(context.fd, 0, attributes), 'tracefs mount')
  return kernel.openat(mount.fd, 'events', O_RDONLY)
}

/**
 * The number of the tracepoint `category`/`name`, which perf_event_open(2) takes as `config`.
 *
 * @throws KernelError 'NO_TRACEFS', 'NO_SUCH_TRACEPOINT', 'UNEXPECTED_CONTENT'; PermissionError.
 */
export function readTracepointId(kernel: Kernel, category: string, name: string): number {
  using events = openEvents(kernel, `the number of tracepoint ${category}/${name}`)
  using file = openId(kernel, events.fd, category, name)
  const buffer = new Uint8Array(MAX_ID_BYTES)
  const text = new TextDecoder().decode(buffer.subarray(0, kernel.read(file.fd, buffer)))
  if (!/^\d+\n?$/.test(text)) {
    throw new KernelError(
      'UNEXPECTED_CONTENT',
      `events/${category}/${name}/id of tracefs should be a number, and reads ${JSON.stringify(text)}`,
    )
  }
  return Number(text)
}

/** More than the ten digits and the line feed of the largest number. */
const MAX_ID_BYTES = 16

function openId(kernel: Kernel, events: Fd, category: string, name: string): FileDescriptor {
  const path = `${category}/${name}/id`
  try {
    if (![category, name].every((part) => TRACEPOINT_NAME.test(part))) throw noSuchTracepoint(category, name)
    return new FileDescriptor(kernel, kernel.openat(events, path, O_RDONLY), `tracefs file events/${path}`)
  } catch (cause) {
    if (cause instanceof SyscallError && cause.errnoName === 'ENOENT')
      throw noSuchTracepoint(category, name, cause)
    if (isRefusal(cause)) {
      throw new PermissionError(
        `events/${path} of tracefs may not be read (${cause.errnoName}): run it as root, or give it CAP_DAC_READ_SEARCH`,
        ['CAP_DAC_READ_SEARCH'],
        { cause },
      )
    }
    throw cause
  }
}

/** A C identifier; anything else could leave the directory. */
const TRACEPOINT_NAME = /^\w+$/

function noSuchTracepoint(category: string, name: string, cause?: SyscallError): KernelError {
  return new KernelError(
    'NO_SUCH_TRACEPOINT',
    `this kernel has no tracepoint ${category}/${name}: the directory events of tracefs lists those it has`,
    { cause },
  )
}

function openEvents(kernel: Kernel, what: string): FileDescriptor {
  const failures: { readonly way: string; readonly error: SyscallError }[] = []
  for (const { name, open } of WAYS) {
    try {
      return new FileDescriptor(kernel, open(kernel), 'tracefs')
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      failures.push({ way: name, error })
    }
  }
  const tried = failures.map(({ way, error }) => `${way}: ${error.message}`).join('; ')
  const cause = failures[0]?.error
  if (failures.some(({ error }) => isRefusal(error))) {
    throw new PermissionError(
      `${what} is in tracefs, which may not be read (${tried}): run it as root, or give it CAP_SYS_ADMIN`,
      ['CAP_SYS_ADMIN'],
      {
        cause,
      },
    )
  }
  throw new KernelError(
    'NO_TRACEFS',
    `${what} is in tracefs, which this kernel does not offer (${tried}): it needs CONFIG_TRACING, or tracefs mounted`,
    { cause },
  )
}

function isRefusal(error: unknown): error is SyscallError {
  return error instanceof SyscallError && (error.errnoName === 'EPERM' || error.errnoName === 'EACCES')
}

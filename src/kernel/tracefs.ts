import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_NONBLOCK,
  O_RDONLY,
} from '../abi/syscall_flags.ts'
import type { Fd } from '../base/units.ts'
import { PermissionError } from './capabilities.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { explainPermission, type RefusedCall, suspectPermission } from './permission_causes.ts'
import { type PermissionFacts, readPermissionFacts } from './permission_facts.ts'
import { SyscallError } from './syscall_error.ts'
import { readToEnd } from './whole_file.ts'

/**
 * The tracing file system (Documentation/trace/ftrace.rst, Linux 6.18), as far as it is needed here: the numbers of
 * tracepoints, the names of tracepoints and traceable functions, and the trace itself.
 *
 * It need not be mounted. So the ways to it are tried in this order: the mount point that is made for it; a detached
 * mount of our own, which is in no mount table and gone when it is closed (fsopen(2), Linux 5.2); and the one inside
 * debugfs, last because opening that one makes the kernel mount tracefs there.
 */
interface Way {
  readonly name: string
  /** Opens a file or directory in it. */
  readonly open: (kernel: Kernel, path: string, flags: number) => Fd
}

const WAYS: readonly Way[] = ['/sys/kernel/tracing', undefined, '/sys/kernel/debug/tracing'].map(
  (mountPoint) =>
    mountPoint === undefined
      ? { name: 'a detached mount (fsopen)', open: openDetached }
      : { name: mountPoint, open: (kernel, path, flags) => kernel.open(`${mountPoint}/${path}`, flags) },
)

function openDetached(kernel: Kernel, path: string, flags: number): Fd {
  using context = new FileDescriptor(kernel, kernel.fsopen('tracefs', 0), 'tracefs context')
  kernel.fsconfigCreate(context.fd)
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
  using mount = new FileDescriptor(kernel, kernel.fsmount(context.fd, 0, attributes), 'tracefs mount')
  return kernel.openat(mount.fd, path, flags)
}

/**
 * The text of a file in tracefs, e.g. `available_filter_functions`, the functions that can be traced.
 *
 * @throws KernelError 'NO_TRACEFS'; PermissionError; SyscallError
 */
export function readTracefsFile(kernel: Kernel, path: string): string {
  using file = openInTracefs(kernel, path, `the file ${path}`)
  return new TextDecoder().decode(readToEnd(kernel, file, MAX_FILE_SIZE))
}

/**
 * Opens `trace_pipe`, from which each line of the trace is read once, by one reader. A read does not wait (EAGAIN).
 *
 * @throws KernelError 'NO_TRACEFS', 'TRACE_IN_USE'; PermissionError
 */
export function openTracePipe(kernel: Kernel): FileDescriptor {
  return openInTracefs(kernel, TRACE_PIPE, 'the trace', O_RDONLY | O_NONBLOCK)
}

const TRACE_PIPE = 'trace_pipe'

/** Bytes; the functions of a distribution's kernel and its modules take 3 MB. */
const MAX_FILE_SIZE = 64 * 1024 * 1024

/**
 * The names of all tracepoints that are events, without their categories.
 *
 * @throws as `readTracefsFile`
 */
export function tracepointNames(kernel: Kernel): readonly string[] {
  return tracepoints(kernel).map((line) => line.slice(line.indexOf(':') + 1))
}

/**
 * All tracepoints that are events, `sched:sched_switch`.
 *
 * @throws as `readTracefsFile`
 */
export function tracepoints(kernel: Kernel): readonly string[] {
  return readTracefsFile(kernel, 'available_events')
    .split('\n')
    .filter((line) => line !== '')
}

/** The formats of tracepoints, read one by one from a tracefs that is opened once. The caller closes it. */
export class TracepointFormats implements Disposable {
  readonly #kernel: Kernel
  readonly #events: FileDescriptor

  /** @throws KernelError 'NO_TRACEFS'; PermissionError */
  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#events = openInTracefs(kernel, 'events', 'the formats of tracepoints')
  }

  /**
   * The file `events/CATEGORY/NAME/format`.
   *
   * @throws KernelError 'NO_SUCH_TRACEPOINT', 'UNEXPECTED_CONTENT'; PermissionError; SyscallError
   */
  read(category: string, name: string): string {
    using file = openEventFile(this.#kernel, this.#events.fd, category, name, 'format')
    return new TextDecoder().decode(readToEnd(this.#kernel, file, MAX_FORMAT_SIZE))
  }

  close(): void {
    this.#events.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Bytes; formats with long tables of names have 20,000. */
const MAX_FORMAT_SIZE = 1024 * 1024

/**
 * The number of the tracepoint `category`/`name`, which perf_event_open(2) takes as `config`.
 *
 * @throws KernelError 'NO_TRACEFS', 'NO_SUCH_TRACEPOINT', 'UNEXPECTED_CONTENT'; PermissionError.
 */
export function readTracepointId(kernel: Kernel, category: string, name: string): number {
  using events = openInTracefs(kernel, 'events', `the number of tracepoint ${category}/${name}`)
  using file = openEventFile(kernel, events.fd, category, name, 'id')
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

function openEventFile(
  kernel: Kernel,
  events: Fd,
  category: string,
  name: string,
  file: 'id' | 'format',
): FileDescriptor {
  const path = `${category}/${name}/${file}`
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

interface Failure {
  readonly way: string
  readonly error: SyscallError
}

function openInTracefs(kernel: Kernel, path: string, what: string, flags = O_RDONLY): FileDescriptor {
  const failures: Failure[] = []
  for (const { name, open } of WAYS) {
    try {
      return new FileDescriptor(kernel, open(kernel, path, flags), `tracefs ${path}`)
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      failures.push({ way: name, error })
    }
  }
  const tried = (some: typeof failures): string =>
    some.map(({ way, error }) => `${way}: ${error.message}`).join('; ')
  if (path === TRACE_PIPE) throwIfInUse(failures)
  const cause = failures[0]?.error
  const refusals = failures.filter(({ error }) => isRefusal(error))
  if (refusals.length > 0) {
    const { missing, advice } = tracefsAdvice(refusals[0]?.error)
    throw new PermissionError(
      `${what} is in tracefs, which may not be read (${tried(refusals)}): ${advice}`,
      missing,
      { cause },
    )
  }
  throw new KernelError(
    'NO_TRACEFS',
    `${what} is in tracefs, which this kernel does not offer (${tried(failures)}): it needs CONFIG_TRACING, or tracefs mounted`,
    { cause },
  )
}

/** Since Linux 6.6 trace_pipe is open once at a time (`open_pipe_on_cpu` in kernel/trace/trace.c, Linux 6.18). */
function throwIfInUse(failures: readonly Failure[]): void {
  const cause = failures.find(({ error }) => error.errnoName === 'EBUSY')?.error
  if (cause === undefined) return
  throw new KernelError(
    'TRACE_IN_USE',
    'the trace has a reader already, and this kernel lets one process read it: end that one, which has trace_pipe open ' +
      '(cat, another rawbpf, bpftool prog tracelog)',
    { cause },
  )
}

function isRefusal(error: unknown): error is SyscallError {
  return error instanceof SyscallError && (error.errnoName === 'EPERM' || error.errnoName === 'EACCES')
}

/**
 * What is missing and what to do where tracefs was refused. Root is refused by others than the mode of its folder: lockdown
 * (LOCKDOWN_TRACEFS in kernel/trace/trace.c, Linux 6.18), or what the kernel does not name.
 */
export function tracefsAdvice(
  error: RefusedCall | undefined,
  facts: PermissionFacts = readPermissionFacts(),
): { readonly missing: readonly string[]; readonly advice: string } {
  const call = error ?? { syscall: 'openat', errnoName: 'EACCES' }
  const { missing } = explainPermission(call, facts)
  if (missing.length > 0) return { missing, advice: 'run it as root, or give it CAP_SYS_ADMIN' }
  if (facts.lockdown === 'confidentiality')
    return { missing, advice: 'the kernel is locked down (confidentiality), and has no tracefs then' }
  const { reasons, remedy } = suspectPermission(call, facts)
  return { missing, advice: [...reasons, ...(remedy === undefined ? [] : [remedy])].join('; ') }
}

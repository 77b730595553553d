import { LINK_CREATE_PERF_EVENT } from '../abi/bpf_attr.ts'
import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { perf_event_ioctl } from '../abi/perf_event_attr.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { hasPerfLink } from '../kernel/probes/perf_link.ts'
import { KernelError } from '../kernel/kernel_error.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { AttachContext, Attached, Keep } from './attaching.ts'

const UNKNOWN: ReadonlySet<string> = new Set(['EINVAL', 'E2BIG'])

/**
 * Attaches a program to an open perf event: by BPF_LINK_CREATE, or by an ioctl where the kernel has no links for perf events
 * (before 5.15). Such a kernel answers EINVAL, or E2BIG to a cookie, and other things may be invalid too; a probe tells.
 *
 * @throws KernelError 'NO_COOKIES' where there would be nobody to keep the cookie; SyscallError
 */
export function attachToEvent(
  { kernel, program }: Pick<AttachContext, 'kernel' | 'program'>,
  event: FileDescriptor,
  keep: Keep,
  cookie = 0n,
): Attached {
  try {
    const link = createLink(kernel, LINK_CREATE_PERF_EVENT, {
      prog_fd: program.fd,
      target_fd: event.fd,
      attach_type: bpf_attach_type.BPF_PERF_EVENT,
      'perf_event.bpf_cookie': cookie,
    })
    return { how: 'bpf-link', link: keep(link) }
  } catch (error) {
    const mayBeUnknown = error instanceof SyscallError && UNKNOWN.has(error.errnoName)
    if (!mayBeUnknown || hasPerfLink(kernel).kind !== 'not there') throw error
  }
  if (cookie !== 0n) {
    throw new KernelError(
      'NO_COOKIES',
      'this kernel has no links for perf events, and without one a program gets no cookie (Linux 5.15)',
    )
  }
  kernel.ioctl(event.fd, perf_event_ioctl.PERF_EVENT_IOC_SET_BPF, program.fd)
  return { how: 'perf-ioctl' }
}

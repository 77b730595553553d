import { bpf_attach_type, perf_type_id } from '../abi/generated/bpf.ts'
import { perf_event_ioctl } from '../abi/perf_event_attr.ts'
import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openPerfEvent } from '../kernel/perf_calls.ts'
import { hasPerfLink } from '../kernel/probes/perf_link.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { readTracepointId } from '../kernel/tracefs.ts'
import type { AttachTarget } from '../object/section_names.ts'
import type { BpfProgram } from '../programs/bpf_program.ts'
import { AttachError } from './attach_error.ts'
import { Link } from './link.ts'
import type { LinkStep } from './steps.ts'

/**
 * Attaches a program to a tracepoint. tracefs gives the tracepoint's number, perf_event_open(2) an event for it, and the
 * program is linked to the event: by BPF_LINK_CREATE, or by an ioctl where the kernel is older than 5.15. The event is for
 * every process; its cpu does not matter, since the program runs on whichever cpu hits the tracepoint
 * (perf_trace_run_bpf_submit in kernel/events/core.c, Linux 6.18).
 *
 * @throws AttachError 'ATTACH_FAILED'; `cause` is what the kernel or tracefs answered, a PermissionError where a right is
 *   missing.
 */
export function attachTracepoint(
  kernel: Kernel,
  program: BpfProgram,
  tracepoint: Extract<AttachTarget, { kind: 'tracepoint' }>,
  observer?: Observer<LinkStep>,
): Link {
  const target = `tracepoint ${tracepoint.category}/${tracepoint.name}`
  try {
    const event = openTracepoint(kernel, tracepoint.category, tracepoint.name)
    const bpfLink = linkOrUndo(kernel, program, event)
    const link =
      bpfLink === undefined
        ? new Link(program.name, target, [event])
        : new Link(program.name, target, [bpfLink, event], { kernel, descriptor: bpfLink })
    report(link, bpfLink === undefined ? 'perf-ioctl' : 'bpf-link', observer)
    return link
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    const cause = permissionErrorFor(error) ?? error
    throw new AttachError(
      'ATTACH_FAILED',
      `cannot attach program ${program.name} to ${target}: ${cause.message}`,
      { program: program.name, section: program.section.name, cause },
    )
  }
}

function report(link: Link, how: LinkStep['how'], observer: Observer<LinkStep>): void {
  try {
    observer?.({ kind: 'link-made', program: link.program, target: link.target, how })
  } catch (error) {
    link.close()
    throw error
  }
}

function openTracepoint(kernel: Kernel, category: string, name: string): FileDescriptor {
  const id = readTracepointId(kernel, category, name)
  return openPerfEvent(kernel, { type: perf_type_id.PERF_TYPE_TRACEPOINT, config: id }, { pid: -1, cpu: 0 })
}

/** The link, undefined where the program is attached without one; where that fails the event is closed. */
function linkOrUndo(kernel: Kernel, program: BpfProgram, event: FileDescriptor): FileDescriptor | undefined {
  try {
    return linkToEvent(kernel, program, event)
  } catch (error) {
    event.close()
    throw error
  }
}

/**
 * Makes the link, or attaches without one and returns undefined where the kernel has no links for perf events. Such a
 * kernel answers EINVAL, and other things may be invalid too; a probe tells.
 */
function linkToEvent(kernel: Kernel, program: BpfProgram, event: FileDescriptor): FileDescriptor | undefined {
  try {
    return createLink(kernel, {
      prog_fd: program.fd,
      target_fd: event.fd,
      attach_type: bpf_attach_type.BPF_PERF_EVENT,
    })
  } catch (error) {
    const mayBeUnknown = error instanceof SyscallError && error.errnoName === 'EINVAL'
    if (!mayBeUnknown || hasPerfLink(kernel).kind !== 'not there') throw error
  }
  kernel.ioctl(event.fd, perf_event_ioctl.PERF_EVENT_IOC_SET_BPF, program.fd)
  return undefined
}

import { bpf_attach_type, perf_type_id } from '../abi/generated/bpf.ts'
import { perf_event_ioctl } from '../abi/perf_event_attr.ts'
import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openPerfEvent } from '../kernel/perf_calls.ts'
import { hasPerfLink } from '../kernel/probes/perf_link.ts'
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
 * @throws AttachError 'ATTACH_FAILED'; `cause` is what the kernel or tracefs answered.
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
    try {
      const link = linkToEvent(kernel, program, event)
      observer?.({
        kind: 'link-made',
        program: program.name,
        target,
        how: link === undefined ? 'perf-ioctl' : 'bpf-link',
      })
      return new Link(program.name, target, link === undefined ? [event] : [link, event])
    } catch (error) {
      event.close()
      throw error
    }
  } catch (cause) {
    if (!(cause instanceof BpfError)) throw cause
    throw new AttachError(
      'ATTACH_FAILED',
      `cannot attach program ${program.name} to ${target}: ${cause.message}`,
      {
        program: program.name,
        cause,
      },
    )
  }
}

function openTracepoint(kernel: Kernel, category: string, name: string): FileDescriptor {
  const id = readTracepointId(kernel, category, name)
  return openPerfEvent(kernel, { type: perf_type_id.PERF_TYPE_TRACEPOINT, config: id }, { pid: -1, cpu: 0 })
}

/** Makes the link, or attaches without one and returns undefined where the kernel has no links for perf events. */
function linkToEvent(kernel: Kernel, program: BpfProgram, event: FileDescriptor): FileDescriptor | undefined {
  try {
    return createLink(kernel, {
      prog_fd: program.fd,
      target_fd: event.fd,
      attach_type: bpf_attach_type.BPF_PERF_EVENT,
    })
  } catch (error) {
    if (hasPerfLink(kernel).kind !== 'not there') throw error
  }
  kernel.ioctl(event.fd, perf_event_ioctl.PERF_EVENT_IOC_SET_BPF, program.fd)
  return undefined
}

import { perf_type_id } from '../abi/generated/bpf.ts'
import { openPerfEvent } from '../kernel/perf_calls.ts'
import { readTracepointId } from '../kernel/tracefs.ts'
import type { TracepointTarget } from '../object/attach_target.ts'
import { type AttachContext, attaching } from './attaching.ts'
import { attachToEvent } from './attach_to_event.ts'
import type { Link } from './link.ts'
import { explaining, type Refusals } from './refusals.ts'

/** `perf_event_attach_bpf_prog` in kernel/trace/bpf_trace.c, Linux 6.18. */
const REFUSALS: Refusals = {
  E2BIG: {
    code: 'ATTACH_FAILED',
    why:
      'it has as many programs as a tracepoint takes, which is 64 (BPF_TRACE_MAX_PROGS), those of other processes among them; ' +
      'detach some, or use raw_tp, which has no limit',
  },
}

/**
 * Attaches a program to a tracepoint. tracefs gives the tracepoint's number, perf_event_open(2) an event for it, and the
 * program is linked to the event: by BPF_LINK_CREATE, or by an ioctl where the kernel is older than 5.15. The event is for
 * every process; its cpu does not matter, since the program runs on whichever cpu hits the tracepoint
 * (perf_trace_run_bpf_submit in kernel/events/core.c, Linux 6.18).
 *
 * @throws AttachError 'ATTACH_FAILED'; `cause` is what the kernel or tracefs answered, a PermissionError where a right is
 *   missing.
 */
export function attachTracepoint(context: AttachContext, { category, name, cookie }: TracepointTarget): Link {
  const { kernel } = context
  const place = `tracepoint ${category}/${name}`
  return attaching(context, place, (keep) => {
    const id = readTracepointId(kernel, category, name)
    const attr = { type: perf_type_id.PERF_TYPE_TRACEPOINT, config: id }
    const event = keep(openPerfEvent(kernel, attr, { pid: -1, cpu: 0 }))
    return explaining(context, place, REFUSALS, () => attachToEvent(context, event, keep, cookie))
  })
}

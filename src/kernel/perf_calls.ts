import { encodePerfEventAttr, type PERF_EVENT_ATTR } from '../abi/perf_event_attr.ts'
import type { AttrValues } from '../abi/attr_table.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'

/** Whom a perf event counts: a process or -1 for all, on a cpu or -1 for any. Not both -1. */
export interface PerfTarget {
  readonly pid: number
  readonly cpu: number
}

/** perf_event_open(2) for an event that leads no group and belongs to none. */
export function openPerfEvent(
  kernel: Kernel,
  values: Omit<AttrValues<typeof PERF_EVENT_ATTR>, 'size'>,
  { pid, cpu }: PerfTarget,
): FileDescriptor {
  const fd = kernel.perfEventOpen(encodePerfEventAttr(values), pid, cpu, -1, 0)
  return new FileDescriptor(kernel, fd, 'perf event')
}

/** A line of the trace, taken apart (`trace_print_context` in kernel/trace/trace_output.c, Linux 6.18). */
export interface TraceLine {
  /** The name of the task that ran. */
  readonly task: string
  readonly pid: number
  readonly cpu: number
  /** Seconds of the trace's clock, with the digits that the kernel prints. */
  readonly time: string
  /** The event, `bpf_trace_printk` for what programs print. */
  readonly event: string
  readonly text: string
}

/** Task, pid, thread group where the kernel is asked for it, cpu, flags where it is, time, event. */
const LINE = /^\s*(.+?)-(\d+)\s+(?:\(\s*[-\d]+\)\s+)?\[(\d+)\]\s+(?:\S+\s+)?(\d+\.\d+): (\S+?): ?(.*)$/

/** Takes a line apart; undefined for what is no event, such as `CPU:1 [LOST 34 EVENTS]`. Pure. */
export function parseTraceLine(line: string): TraceLine | undefined {
  const match = LINE.exec(line)
  if (match === null) return undefined
  const [, task = '', pid, cpu, time = '', event = '', text = ''] = match
  return { task, pid: Number(pid), cpu: Number(cpu), time, event, text }
}

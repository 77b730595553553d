import {
  bundledObject,
  type Column,
  commColumn,
  commFilter,
  eventTool,
  failedFilter,
  number,
  pidColumn,
  pidFilter,
  signalName,
  text,
  time,
} from '../tool/index.ts'

/** `struct event` of bpf/exitsnoop.bpf.c, as BTF decodes it. */
interface ExitEvent {
  readonly lifetime_ns: bigint
  readonly pid: number
  readonly ppid: number
  readonly exit_code: number
  readonly signal: number
  readonly comm: string
}

/** Real-time signals have no name. */
const ending = ({ signal, exit_code }: ExitEvent): string => {
  if (signal === 0) return `code ${exit_code}`
  return signalName(signal).replace(/^\d/, 'signal $&')
}

export const columns: readonly Column<ExitEvent>[] = [
  time,
  commColumn,
  pidColumn,
  number('PPID', 7, ({ ppid }) => ppid),
  number('AGE(s)', 9, ({ lifetime_ns }) => (Number(lifetime_ns) / 1e9).toFixed(3)),
  text('ENDED BY', 10, ending),
]

export const exitsnoop = eventTool<ExitEvent>({
  name: 'exitsnoop',
  summary: 'Print every process that ends, with its exit code or signal and its lifetime',
  examples: [
    ['rawbpf exitsnoop', 'every process'],
    ['rawbpf exitsnoop --failed --comm make', 'those named make that failed or were killed'],
  ],
  object: bundledObject('exitsnoop'),
  options: [
    pidFilter,
    commFilter,
    { ...failedFilter, description: 'only those that end with another code than 0, or by a signal' },
  ],
  columns,
})

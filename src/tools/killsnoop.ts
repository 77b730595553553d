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
  signalValue,
  syscallResult,
  text,
  time,
} from '../tool/index.ts'

/** `struct event` of bpf/killsnoop.bpf.c, as BTF decodes it. */
interface KillEvent {
  readonly pid: number
  readonly syscall: 'kill' | 'tkill' | 'tgkill'
  readonly signal: number
  readonly target: number
  readonly ret: number
  readonly comm: string
}

export const columns: readonly Column<KillEvent>[] = [
  time,
  commColumn,
  pidColumn,
  text('CALL', 6, ({ syscall }) => syscall),
  text('SIGNAL', 9, ({ signal }) => signalName(signal)),
  // A process group is a negative number, and pids go to 4194304.
  number('TARGET', 8, ({ target }) => target),
  text('RESULT', 7, ({ ret }) => syscallResult(ret)),
]

export const killsnoop = eventTool<KillEvent>({
  name: 'killsnoop',
  summary: 'Print every kill, tkill and tgkill: who signals whom, and what came of it',
  examples: [
    ['rawbpf killsnoop', 'every signal that a process sends, 0 included'],
    ['rawbpf killsnoop --signal kill', 'who sends SIGKILL'],
  ],
  object: bundledObject('killsnoop'),
  options: [
    { ...pidFilter, description: 'only signals that this process sends' },
    { ...commFilter, description: 'only signals that processes of this name send' },
    {
      flags: '-s, --signal <signal>',
      description: 'only this signal, by name or number; 0 asks whether the target is there',
      value: signalValue,
      global: 'filter_signal',
    },
    failedFilter,
  ],
  columns,
})

import {
  bundledObject,
  type Column,
  commColumn,
  commFilter,
  failedFilter,
  number,
  pidColumn,
  pidFilter,
  syscallResult,
  text,
  time,
  type Tool,
} from '../tool/index.ts'

/** `struct event` of bpf/execsnoop.bpf.c, as BTF decodes it. */
interface ExecEvent {
  readonly pid: number
  readonly ppid: number
  readonly ret: number
  readonly count: number
  readonly cut: number
  readonly unread: number
  readonly more: boolean
  readonly file_cut: boolean
  readonly file_unread: boolean
  readonly comm: string
  readonly file: string
  readonly args: readonly string[]
}

/** What is printed of it. */
interface Exec {
  readonly comm: string
  readonly pid: number
  readonly ppid: number
  readonly ret: number
  readonly file: string
  readonly args: readonly string[]
  /** Whether `...` stands for something that is left out, or `?` for what could not be read. */
  readonly truncated: boolean
}

function execOf({ args: all, file: path, ...event }: ExecEvent): Exec {
  const { comm, pid, ppid, ret, count, cut, unread, more, file_cut, file_unread } = event
  const isIn = (bits: number, index: number): boolean => ((bits >>> index) & 1) === 1
  const args = all
    .slice(0, count)
    .map((arg, index) => (isIn(unread, index) ? '?' : isIn(cut, index) ? `${arg}...` : arg))
  const file = file_unread ? '?' : file_cut ? `${path}...` : path
  const truncated = file_cut || file_unread || more || cut !== 0 || unread !== 0
  return { comm, pid, ppid, ret, file, args: more ? [...args, '...'] : args, truncated }
}

async function* execs(events: AsyncIterable<ExecEvent>): AsyncGenerator<Exec> {
  for await (const event of events) yield execOf(event)
}

/** As a shell would take it, more or less: it is for people. */
const quoted = (arg: string): string => (/^[^\s"'\\]+$/.test(arg) ? arg : JSON.stringify(arg))

export const columns: readonly Column<Exec>[] = [
  time,
  commColumn,
  pidColumn,
  number('PPID', 7, ({ ppid }) => ppid),
  text('RESULT', 7, ({ ret }) => syscallResult(ret)),
  text('FILE AND ARGUMENTS', 20, ({ file, args }) => [file, ...args.slice(1)].map(quoted).join(' ')),
]

export const execsnoop: Tool = {
  name: 'execsnoop',
  summary: 'Print every exec, with its arguments and what came of it',
  examples: [
    ['rawbpf execsnoop', 'every exec'],
    ['rawbpf execsnoop --failed', 'those that failed, as a search through $PATH does'],
    ['rawbpf execsnoop --comm cc1 --json', 'what a build passes to its compiler'],
  ],
  object: bundledObject('execsnoop'),
  options: [
    pidFilter,
    { ...commFilter, description: 'only what has this name then: the new program, or a caller that fails' },
    failedFilter,
  ],
  run: async (session) => {
    const object = session.load()
    object.attach()
    const { signal } = session
    await session.printRecords(execs(object.ringBuffer<ExecEvent>('events', 'event', { signal })), columns)
  },
}

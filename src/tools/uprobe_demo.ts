import {
  bundledObject,
  type Column,
  commColumn,
  number,
  pid as pidValue,
  pidColumn,
  text,
  time,
  type Tool,
} from '../tool/index.ts'

/** `struct event` of bpf/uprobe-demo.bpf.c, as BTF decodes it. */
interface CallEvent {
  readonly pid: number
  readonly place: 'enter' | 'leave'
  readonly first: number
  readonly second: number
  readonly result: number
  readonly comm: string
}

const only = (place: CallEvent['place'], value: (event: CallEvent) => number) => (event: CallEvent) =>
  event.place === place ? value(event) : ''

export const columns: readonly Column<CallEvent>[] = [
  time,
  commColumn,
  pidColumn,
  text('CALL', 5, ({ place }) => place),
  number(
    'FIRST',
    10,
    only('enter', ({ first }) => first),
  ),
  number(
    'SECOND',
    10,
    only('enter', ({ second }) => second),
  ),
  number(
    'RESULT',
    10,
    only('leave', ({ result }) => result),
  ),
]

export const uprobeDemo: Tool = {
  name: 'uprobe-demo',
  summary:
    'Call kill(2) of the C library every second, and print its arguments and result (uprobe, uretprobe)',
  examples: [
    ['rawbpf uprobe-demo', 'this process calls kill(its own pid, 0), which does nothing'],
    ['rawbpf uprobe-demo --pid 1234 --function close', 'what process 1234 closes'],
  ],
  object: bundledObject('uprobe-demo'),
  options: [
    { flags: '--path <file>', description: 'a program or library (default: libc.so.6)' },
    { flags: '--function <name>', description: 'a function of it that takes numbers (default: kill)' },
    { flags: '-p, --pid <pid>', description: 'that process instead of this one', value: pidValue },
  ],
  run: async (session) => {
    const { path = 'libc.so.6', function: name = 'kill', pid = process.pid } = session.options
    const target = { path: String(path), function: String(name), pid: Number(pid) }
    const object = session.load()
    object.program('leave_function').attach({ kind: 'uretprobe', ...target })
    object.program('enter_function').attach({ kind: 'uprobe', ...target })
    session.every(1, () => {
      // Signal 0 is none: the kernel looks whether it could be sent.
      if (pid === process.pid) process.kill(process.pid, 0)
    })
    const { signal } = session
    await session.printRecords(object.ringBuffer<CallEvent>('events', 'event', { signal }), columns)
  },
}

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
  syscallResult,
  text,
  time,
} from '../tool/index.ts'

/** `struct event` of bpf/opensnoop.bpf.c, as BTF decodes it. */
interface OpenEvent {
  readonly pid: number
  readonly ret: number
  readonly flags: number
  readonly cut: boolean
  readonly comm: string
  readonly path: string
}

export const columns: readonly Column<OpenEvent>[] = [
  time,
  commColumn,
  pidColumn,
  text('RESULT', 7, ({ ret }) => syscallResult(ret)),
  // In octal, as <fcntl.h> has them; O_RDONLY is none of them.
  number('FLAGS', 8, ({ flags }) => flags.toString(8).padStart(8, '0')),
  text('PATH', 20, ({ path, cut }) => (cut ? `${path}...` : path)),
]

export const opensnoop = eventTool<OpenEvent>({
  name: 'opensnoop',
  summary: 'Print every open of a file, with the descriptor or the error that came of it',
  examples: [
    ['rawbpf opensnoop --comm nginx', 'what nginx opens'],
    ['rawbpf opensnoop --pid 1234 --failed', 'what process 1234 cannot open'],
  ],
  object: bundledObject('opensnoop'),
  options: [pidFilter, commFilter, failedFilter],
  optional: ['enter_open', 'exit_open', 'enter_creat', 'exit_creat'],
  columns,
})

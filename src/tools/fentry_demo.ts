import {
  bundledObject,
  type Column,
  commColumn,
  commFilter,
  eventTool,
  pidColumn,
  pidFilter,
  syscallResult,
  text,
  time,
} from '../tool/index.ts'

/** `struct event` of bpf/fentry-demo.bpf.c, as BTF decodes it. */
interface UnlinkEvent {
  readonly pid: number
  readonly place: 'enter' | 'leave'
  readonly ret: number
  readonly comm: string
  readonly name: string
}

export const columns: readonly Column<UnlinkEvent>[] = [
  time,
  commColumn,
  pidColumn,
  text('VFS_UNLINK', 10, ({ place }) => place),
  text('RESULT', 7, ({ place, ret }) => (place === 'leave' ? syscallResult(ret) : '')),
  text('NAME', 20, ({ name }) => name),
]

export const fentryDemo = eventTool<UnlinkEvent>({
  name: 'fentry-demo',
  summary: "Print removals of files, by a kernel function's typed arguments (fentry) and its result (fexit)",
  examples: [
    ['rawbpf fentry-demo', 'every call of vfs_unlink(), where it begins and where it ends'],
    ['rawbpf fentry-demo --comm rm', 'what rm removes'],
  ],
  object: bundledObject('fentry-demo'),
  options: [pidFilter, commFilter],
  columns,
})

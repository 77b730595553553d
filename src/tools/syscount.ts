import {
  bundledObject,
  commFilter,
  errno,
  failedFilter,
  intervalOptions,
  number,
  pidFilter,
  syscallName,
  text,
  type Tool,
  topOption,
} from '../tool/index.ts'

/** `struct count` of bpf/syscount.bpf.c, as BTF decodes it. */
interface Count {
  readonly calls: bigint
  readonly total_ns: bigint
  readonly comm: string
}

/** What is counted, and how often. */
interface Row {
  readonly syscall?: string
  readonly pid?: number
  readonly comm?: string
  readonly count: bigint
  /** Of all these calls; only with --latency. */
  readonly total_ns?: bigint
}

/** Calls of 32-bit programs have this bit set, and numbers of their own. */
const COMPAT_CALL = 0x8000_0000
/** -1, what ptrace(2) and seccomp(2) make of a call that is not to be, has all bits set. */
const NO_CALL = 0xffff_ffff

const nameOf = (call: number): string =>
  call >= COMPAT_CALL && call !== NO_CALL ? `32-bit syscall ${call - COMPAT_CALL}` : syscallName(call | 0)

const syscallColumns = [text<Row>('SYSCALL', 24, ({ syscall = '' }) => syscall)]
const countColumn = number<Row>('COUNT', 10, ({ count }) => count)
const processColumns = [
  number<Row>('PID', 7, ({ pid = '' }) => pid),
  text<Row>('COMM', 16, ({ comm = '' }) => comm),
]
const latencyColumns = [
  number<Row>('TOTAL(ms)', 12, ({ total_ns = 0n }) => (Number(total_ns) / 1e6).toFixed(3)),
  number<Row>('AVG(us)', 10, ({ total_ns = 0n, count }) =>
    (Number(total_ns) / Number(count) / 1e3).toFixed(3),
  ),
]

export const syscount: Tool = {
  name: 'syscount',
  summary: 'Count system calls, by the call or by the process, with their latency if asked',
  examples: [
    ['rawbpf syscount', 'the 10 calls that are made most, until Ctrl-C'],
    ['rawbpf syscount -P -i 1', 'the 10 busiest processes, every second'],
    ['rawbpf syscount -L -p 1234', 'how long the calls of process 1234 take'],
    ['rawbpf syscount -e EAGAIN', 'calls that fail with EAGAIN'],
  ],
  object: bundledObject('syscount'),
  options: [
    pidFilter,
    commFilter,
    { flags: '-P, --by-process', description: 'count by the process', global: 'by_process' },
    { flags: '-L, --latency', description: 'tell how long the calls took; those that return' },
    failedFilter,
    {
      flags: '-e, --errno <error>',
      description: 'only calls that fail with this error',
      value: errno,
      global: 'only_errno',
    },
    topOption,
    ...intervalOptions,
  ],
  run: async (session) => {
    const { byProcess, latency, failed, errno, top = 10 } = session.options
    const seesEnds = [latency, failed, errno].some((option) => option !== undefined)
    for (const program of session.spec.programs.values()) {
      program.autoload = seesEnds === (program.name !== 'count_call')
    }
    const object = session.load()
    object.attach()
    session.announce('Counting system calls.')

    const named = byProcess === true ? processColumns : syscallColumns
    const columns = [...named, countColumn, ...(latency === true ? latencyColumns : [])]
    for await (const counts of session.snapshots(object.map('counts').as.hash<number, Count>())) {
      const rows = counts.map(([key, { calls: count, total_ns, comm }]): Row => {
        const what = byProcess === true ? { pid: key, comm } : { syscall: nameOf(key) }
        return latency === true ? { ...what, count, total_ns } : { ...what, count }
      })
      rows.sort((one, other) => Number((other.total_ns ?? other.count) - (one.total_ns ?? one.count)))
      session.printTable(rows.slice(0, Number(top)), columns)
    }
  },
}

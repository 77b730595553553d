import { describe, expect } from 'vitest'
import { eventually } from './eventually.ts'
import { withUnusualThreads } from './jobs.ts'
import { traceTest } from './needs.ts'
import { cText, rawSyscall } from './raw_syscall.ts'
import { RunningTool, startTable } from './running_tool.ts'
import { runJobs, shell, TRUE } from './workload.ts'

interface Exec {
  readonly time: string
  readonly comm: string
  readonly pid: number
  readonly ppid: number
  readonly ret: number
  readonly file: string
  readonly args: readonly string[]
  readonly truncated: boolean
}

const LINKS = 4
const ENOENT = 2
const EFAULT = 14

const start = (...args: readonly string[]): Promise<RunningTool<Exec>> =>
  RunningTool.start('execsnoop', args, LINKS)

const time = expect.any(String) as string

describe('rawbpf execsnoop', () => {
  traceTest('tells file, arguments and result of an exec', async () => {
    await using tool = await start()
    const args = ['-c', 'exec /bin/true "$@"', 'sh', 'a b', '', 'grün\n', '"']
    const [job] = await runJobs([{ file: '/bin/sh', args }])
    await tool.record('the exec of true', ({ pid, comm }) => pid === job!.pid && comm === 'true')
    expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })

    const common = { time, pid: job!.pid, ppid: process.pid, ret: 0, truncated: false }
    expect(tool.records.filter(({ pid }) => pid === job!.pid)).toEqual([
      { ...common, comm: 'sh', file: '/bin/sh', args: ['/bin/sh', ...args] },
      { ...common, comm: 'true', file: '/bin/true', args: ['/bin/true', ...args.slice(3)] },
    ])
  })

  traceTest('cuts arguments behind 128 bytes, and lists of them behind 20, and says so', async () => {
    await using tool = await start()
    const texts = ['x'.repeat(128), 'y'.repeat(129), 'z'.repeat(5000)]
    const few = Array.from({ length: 19 }, (_, index) => `few-${index}`)
    const many = Array.from({ length: 20 }, (_, index) => `many-${index}`)
    const jobs = [texts, few, many].map((args) => ({ file: '/bin/true', args }))
    const processes = await runJobs(jobs, { concurrency: 1 })
    const seen: Exec[] = []
    for (const { pid } of processes) seen.push(await tool.record('an exec', (record) => record.pid === pid))

    const cut = ['x'.repeat(128), `${'y'.repeat(128)}...`, `${'z'.repeat(128)}...`]
    expect(seen.map(({ args, truncated }) => ({ args, truncated }))).toEqual([
      { args: ['/bin/true', ...cut], truncated: true },
      { args: ['/bin/true', ...few], truncated: false },
      { args: ['/bin/true', ...many.slice(0, 19), '...'], truncated: true },
    ])
  })

  traceTest('has a question mark for a file and arguments that are at no address, and says so', async () => {
    await using tool = await start('--failed', '--pid', String(process.pid))
    const NOWHERE = 8
    const argv = new Uint8Array(BigUint64Array.of(BigInt(NOWHERE), 0n).buffer)
    for (const file of [NOWHERE, cText('/nonexistent/file')]) rawSyscall('execve', file, argv, 0)
    await tool.record('the second failure', ({ file }) => file === '/nonexistent/file')
    await tool.interrupt()
    // Which of its two errors the second one has depends on what the kernel looks at first.
    expect(tool.records).toMatchObject([
      { file: '?', args: ['?'], ret: -EFAULT, truncated: true },
      { file: '/nonexistent/file', args: ['?'], truncated: true },
    ])
  })

  traceTest('tells of calls that fail, and with --failed of them alone', async () => {
    await using tool = await start('--failed')
    const [one, two] = await runJobs(
      [shell('exec /nonexistent/file x y'), TRUE, shell('exec /nonexistent/b')],
      {
        concurrency: 1,
      },
    ).then((processes) => [processes[0], processes[2]])
    await tool.record('the second failure', ({ pid }) => pid === two!.pid)
    await tool.interrupt()

    expect(tool.records.filter(({ ret }) => ret >= 0)).toEqual([])
    expect(tool.records.filter(({ pid }) => pid === one!.pid)).toEqual([
      {
        time,
        comm: 'sh',
        pid: one!.pid,
        ppid: process.pid,
        ret: -ENOENT,
        file: '/nonexistent/file',
        args: ['/nonexistent/file', 'x', 'y'],
        truncated: false,
      },
    ])
  })

  traceTest('finds the end of a call that another thread than the first made', async () => {
    await using tool = await start('--comm', 'true')
    const [, job] = withUnusualThreads()
    const [inThread] = await runJobs([job!])
    const exec = await tool.record('the exec of the second thread', ({ pid }) => pid === inThread!.pid)
    expect(exec).toMatchObject({ comm: 'true', ret: 0, file: '/bin/true' })
    await tool.interrupt()
    expect(new Set(tool.records.map(({ comm }) => comm))).toEqual(new Set(['true']))
  })

  traceTest('watches one process', async () => {
    await using other = await start('--pid', '1')
    await using tool = await startTable('execsnoop', ['--failed', '--comm', 'sh'])
    const [job] = await runJobs([shell('exec "/nonexistent/a b"')])
    await eventually('the line', () => (tool.stdout.includes(` ${job!.pid} `) ? true : undefined))
    const { code, stderr, stdout } = await tool.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(` sh               ${String(job!.pid).padStart(7)} `)
    expect(stdout).toContain(' ENOENT  "/nonexistent/a b"\n')
    await other.interrupt()
    expect(other.records.filter(({ pid }) => pid !== 1)).toEqual([])
  })
})

import { describe, expect } from 'vitest'
import { eventually } from './eventually.ts'
import { traceTest } from './needs.ts'
import { RunningTool } from './running_tool.ts'
import { rawbpf, Running } from './tracer.ts'
import { runJobs, shell, TRUE } from './workload.ts'

interface ProcessEvent {
  readonly event: 'F' | 'E'
  readonly pid: number
  readonly comm: string
}

const start = (...args: readonly string[]): Promise<RunningTool<ProcessEvent>> =>
  RunningTool.start('procmon', args, 2)

/** A shell that takes the name `name`, as printf(1) writes it, and forks one that ends at once. */
const renamed = (name: string): ReturnType<typeof shell> =>
  shell(`printf '${name}' > /proc/self/comm; (exit 3); exit 0`)

describe('rawbpf procmon', () => {
  traceTest('tells of each fork and each exit, with the name that the task has then', async () => {
    await using tool = await start()
    const [parent] = await runJobs([renamed('rawbpf-parent')])
    await tool.record('the exit of the shell', ({ event, pid }) => event === 'E' && pid === parent!.pid)
    const { code } = await tool.interrupt()

    expect(code).toBe(0)
    const [child] = tool.records.filter(({ event, comm }) => event === 'F' && comm === 'rawbpf-parent')
    const pids = [parent!.pid, child!.pid]
    expect(tool.records.filter(({ pid }) => pids.includes(pid))).toEqual([
      // Whichever thread of this process has forked it.
      { event: 'F', pid: parent!.pid, comm: expect.any(String) as string },
      { event: 'F', pid: child!.pid, comm: 'rawbpf-parent' },
      { event: 'E', pid: child!.pid, comm: 'rawbpf-parent' },
      { event: 'E', pid: parent!.pid, comm: 'rawbpf-parent' },
    ])
  })

  traceTest('says on standard error when it begins, and prints one form of line', async () => {
    await using tool = new Running(rawbpf('procmon'))
    await eventually('it begins', () => (tool.stderr === '' ? undefined : true))
    const [job] = await runJobs([TRUE])
    const end = `{"event":"E","pid":${job!.pid},"comm":"true"}\n`
    await eventually('the exit', () => (tool.stdout.includes(end) ? true : undefined))
    const ending = await tool.stop()
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: 'Monitoring process events...\n' })
    for (const line of ending.stdout.split('\n').slice(0, -1))
      expect(line).toMatch(/^\{"event":"[FE]","pid":\d+,"comm":".*"\}$/)
  })

  traceTest('writes JSON whatever bytes the name has', async () => {
    const names = [
      ['\\377\\300q"uote\\\\', '\ufffd\ufffdq"uote\\'],
      ['\\001\\033[31m\\177\\011\\015', '\u0001\u001b[31m\u007f\t\r'],
      // The last of three bytes is cut off by the kernel, which keeps 15.
      ['12345678901234\\342\\202\\254', '12345678901234\ufffd'],
      ['\\355\\240\\200', '\ufffd\ufffd\ufffd'],
    ] as const
    await using tool = await start()
    for (const [name, printed] of names) {
      const [parent] = await runJobs([renamed(name)])
      await tool.record(
        'the exit of the shell',
        ({ event, pid, comm }) => event === 'E' && pid === parent!.pid && comm === printed,
      )
      // parsed, and not changed by it
      expect(tool.records.filter(({ comm }) => comm === printed).map(({ event }) => event)).toEqual([
        'F',
        'E',
        'E',
      ])
    }
  })

  traceTest('is narrowed down to names, and to what one process forks', async () => {
    await using named = await start('--comm', 'rawbpf-one')
    await using ours = await start('--pid', String(process.pid))
    const [one, two] = await runJobs([renamed('rawbpf-one'), renamed('rawbpf-two')], { concurrency: 1 })
    await named.record('its end', ({ event, pid }) => event === 'E' && pid === one!.pid)
    await ours.record('the second fork', ({ pid }) => pid === two!.pid)
    await named.interrupt()
    await ours.interrupt()

    expect(new Set(named.records.map(({ comm }) => comm))).toEqual(new Set(['rawbpf-one']))
    expect(named.records.map(({ event }) => event)).toEqual(['F', 'E', 'E'])
    const forked = ours.records.filter(({ pid }) => [one!.pid, two!.pid].includes(pid))
    expect(forked.map(({ event, pid }) => [event, pid])).toEqual([
      ['F', one!.pid],
      ['F', two!.pid],
    ])
  })
})

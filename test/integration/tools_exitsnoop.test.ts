import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { eventually } from './eventually.ts'
import { expectedEvents } from './expected_events.ts'
import { everyFatalSignal, killedSleepers, strangeNames, withThreads, withUnusualThreads } from './jobs.ts'
import { groupDeadTest, traceTest } from './needs.ts'
import { RunningTool, startTable } from './running_tool.ts'
import { type Process, runJobs, shell, times, TRUE } from './workload.ts'

interface Exit {
  readonly time: string
  readonly lifetime_ns: number
  readonly pid: number
  readonly ppid: number
  readonly exit_code: number
  readonly signal: number
  readonly comm: string
}

const start = (...args: readonly string[]): Promise<RunningTool<Exit>> =>
  RunningTool.start('exitsnoop', args, 1)

/** How the tool has to tell of the end of a process. */
function expectedOf(process: Process): unknown {
  const { pid, ppid, exit_code, signal, comm } = expectedEvents(process).at(-1)!
  return { pid, ppid, exit_code, signal, comm }
}

/** What it told of these processes, in their order, without times. */
function toldOf(records: readonly Exit[], processes: readonly Process[]): readonly unknown[] {
  return processes.flatMap(({ pid }) => {
    const ends = records.filter((record) => record.pid === pid && record.ppid === process.pid)
    return ends.map(({ ppid, exit_code, signal, comm }) => ({ pid, ppid, exit_code, signal, comm }))
  })
}

describe('rawbpf exitsnoop', () => {
  traceTest('tells once of each process how it ended, whatever it is called, and of no thread', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
    try {
      await using tool = await start()
      const codes = [0, 1, 127, 255].map((code) => shell(`exit ${code}`, { end: { exit_code: code } }))
      const jobs = [
        ...codes,
        ...everyFatalSignal(),
        ...killedSleepers(),
        ...strangeNames(folder),
        ...withThreads(),
      ]
      const processes = await runJobs(jobs, { cwd: folder })
      const [last] = await runJobs([TRUE])
      await tool.record('the last end', ({ pid }) => pid === last!.pid)
      expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })
      expect(toldOf(tool.records, processes)).toEqual(processes.map(expectedOf))
      expect(tool.messages).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  groupDeadTest('tells once of a process that another thread than the first ends', async () => {
    await using tool = await start()
    const processes = await runJobs(times(2, withUnusualThreads()).flat(), { concurrency: 2 })
    const [last] = await runJobs([TRUE])
    await tool.record('the last end', ({ pid }) => pid === last!.pid)
    expect(toldOf(tool.records, processes)).toEqual(processes.map(expectedOf))
  })

  traceTest('tells how long a process lived, from its fork on and not from its last exec', async () => {
    await using tool = await start()
    const [slept] = await runJobs([shell('sleep 0.3; exec /bin/true', { endsAs: 'true' })])
    const { lifetime_ns } = await tool.record('its end', ({ pid }) => pid === slept!.pid)
    expect(lifetime_ns).toBeGreaterThanOrEqual(300_000_000)
    expect(lifetime_ns).toBeLessThanOrEqual(Number(slept!.seenForNs))
  })

  traceTest('is narrowed down to failures, to a name, to a process', async () => {
    const sleeper = shell('printf rawbpf-exit > /proc/self/comm; exit 3')
    await using failed = await start('--failed', '--comm', 'rawbpf-exit')
    await using other = await start('--pid', '1')
    await using table = await startTable('exitsnoop', ['--comm', 'rawbpf-exit'])
    const fine = shell('printf rawbpf-exit > /proc/self/comm; exit 0')
    const killed = shell('printf rawbpf-exit > /proc/self/comm; kill -9 $$')
    const processes = await runJobs([fine, sleeper, TRUE, killed], { concurrency: 1 })
    const [, three, , nine] = processes
    await failed.record('the last', ({ pid }) => pid === nine!.pid)
    await eventually('the line', () => (table.stdout.includes('SIGKILL') ? true : undefined))
    await failed.interrupt()
    await other.interrupt()
    expect(failed.records.map(({ pid, exit_code, signal }) => [pid, exit_code, signal])).toEqual([
      [three!.pid, 3, 0],
      [nine!.pid, 0, 9],
    ])
    expect(other.records).toEqual([])
    const { code, stdout, stderr } = await table.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.split('\n').slice(1, -1)
    expect(lines.map((line) => line.replace(/^\S+ +\S+ +\d+ +\d+ +[\d.]+ /, ''))).toEqual([
      'code 0',
      'code 3',
      'SIGKILL',
    ])
  })
})

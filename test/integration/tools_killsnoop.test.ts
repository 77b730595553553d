import { describe, expect, it } from 'vitest'
import { run } from './command_objects.ts'
import { eventually } from './eventually.ts'
import { traceTest } from './needs.ts'
import { rawSyscall } from './raw_syscall.ts'
import { RunningTool, startTable } from './running_tool.ts'
import { runJobs, shell } from './workload.ts'

interface Kill {
  readonly time: string
  readonly pid: number
  readonly syscall: string
  readonly signal: number
  readonly target: number
  readonly ret: number
  readonly comm: string
}

const LINKS = 6
const SIGWINCH = 28
const SIGTERM = 15
const ESRCH = 3
/** More than the kernel ever gives (PID_MAX_LIMIT). */
const NOBODY = 2 ** 22 + 1

const start = (...args: readonly string[]): Promise<RunningTool<Kill>> =>
  RunningTool.start('killsnoop', args, LINKS)

describe('rawbpf killsnoop', () => {
  traceTest('tells who signals whom by each of the three system calls, and what came of it', async () => {
    await using tool = await start('--pid', String(process.pid))
    const tid = rawSyscall('gettid')
    process.kill(process.pid, 0)
    expect(() => process.kill(NOBODY, 'SIGTERM')).toThrow('ESRCH')
    rawSyscall('tkill', tid, SIGWINCH)
    rawSyscall('tgkill', process.pid, NOBODY, SIGWINCH)
    await tool.record('the last', ({ syscall }) => syscall === 'tgkill')
    expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })

    const common = { time: expect.any(String) as string, pid: process.pid }
    // The last one is SIGINT for the tool.
    expect(tool.records.slice(0, 4)).toMatchObject([
      { ...common, syscall: 'kill', signal: 0, target: process.pid, ret: 0 },
      { ...common, syscall: 'kill', signal: SIGTERM, target: NOBODY, ret: -ESRCH },
      { ...common, syscall: 'tkill', signal: SIGWINCH, target: tid, ret: 0 },
      { ...common, syscall: 'tgkill', signal: SIGWINCH, target: NOBODY, ret: -ESRCH },
    ])
  })

  traceTest('is narrowed down to a signal, to failures, to names', async () => {
    await using zero = await start('--signal', '0', '--pid', String(process.pid))
    await using failed = await start('--failed', '--signal', 'term', '--pid', String(process.pid))
    await using named = await startTable('killsnoop', ['--comm', 'rawbpf-kill'])
    process.kill(process.pid, 'SIGWINCH')
    for (const signal of ['SIGTERM', 0] as const) expect(() => process.kill(NOBODY, signal)).toThrow('ESRCH')
    process.kill(process.pid, 0)
    const [job] = await runJobs([
      shell('printf rawbpf-kill > /proc/self/comm; kill -9 $$', { end: { signal: 9 } }),
    ])
    await zero.record('the signal 0 that arrives', ({ ret }) => ret === 0)
    await failed.record('a failure', () => true)
    await eventually('the line', () => (named.stdout.includes('SIGKILL') ? true : undefined))
    const seen = ({ records }: RunningTool<Kill>): readonly unknown[] =>
      records.map(({ signal, target, ret }) => [signal, target, ret])
    expect(seen(zero)).toEqual([
      [0, NOBODY, -ESRCH],
      [0, process.pid, 0],
    ])
    expect(seen(failed)).toEqual([[SIGTERM, NOBODY, -ESRCH]])
    const { stdout, stderr } = await named.stop()
    const pid = String(job!.pid).padStart(7)
    expect(
      stdout
        .split('\n')
        .slice(1, -1)
        .map((line) => line.slice(9)),
    ).toEqual([`rawbpf-kill      ${pid} kill   SIGKILL    ${pid} 0`])
    expect(stderr).toBe('')
  })

  it('does not take what is no signal', async () => {
    const ending = await run('killsnoop', '--signal', 'SIGNOTHING')
    expect(ending).toMatchObject({ code: 64, stdout: '' })
    expect(ending.stderr).toContain("'SIGNOTHING' is not a signal, such as SIGTERM, term or 15, up to 64")
  })
})

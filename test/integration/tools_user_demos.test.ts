import { describe, expect, it } from 'vitest'
import { ProbedProgram } from '../kernel/probed_program.ts'
import { run } from './command_objects.ts'
import { uprobeTest, usdtTest } from './demo_needs.ts'
import { eventually } from './eventually.ts'
import { RunningTool, startTable } from './running_tool.ts'

const time = expect.any(String) as string

describe('rawbpf uprobe-demo', () => {
  interface Call {
    readonly pid: number
    readonly place: 'enter' | 'leave'
    readonly first: number
    readonly second: number
    readonly result: number
    readonly comm: string
  }

  uprobeTest('sees its own calls of kill(), with arguments and result', async () => {
    await using tool = await RunningTool.start<Call>('uprobe-demo', [], 2)
    await tool.recordsOf('a return', 2, ({ place }) => place === 'leave')
    expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })
    const common = { time, pid: tool.pid, comm: expect.any(String) as string, second: 0, result: 0 }
    expect(tool.records.slice(0, 4)).toEqual(
      (['enter', 'leave', 'enter', 'leave'] as const).map((place) => {
        return { ...common, place, first: place === 'enter' ? tool.pid : 0 }
      }),
    )
  })

  uprobeTest('watches a function of another program, in one process', async () => {
    await using program = new ProbedProgram()
    await using other = new ProbedProgram()
    const args = ['--path', program.path, '--function', 'fixture_add', '--pid', String(program.pid)]
    await using tool = await startTable('uprobe-demo', args)
    await other.does('add')
    await program.does('add')
    await eventually('the return', () => (tool.stdout.includes(' leave ') ? true : undefined))
    const { code, stderr, stdout } = await tool.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [header, ...lines] = stdout.split('\n').slice(0, -1)
    expect(header).toBe('TIME     COMM                 PID CALL       FIRST     SECOND     RESULT')
    const pid = String(program.pid).padStart(7)
    expect(lines.map((line) => line.slice(26))).toEqual([
      `${pid} enter         40          2`,
      `${pid} leave                               42`,
    ])
  })

  uprobeTest('says which function there is not', async () => {
    const { code, stderr } = await run('uprobe-demo', '--function', 'kil')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^rawbpf: .*kil.*libc\.so\.6/)
  })
})

describe('rawbpf usdt-demo', () => {
  interface Hit {
    readonly comm: string
    readonly pid: number
    readonly values: readonly number[]
  }

  usdtTest('prints the values of every place of a probe, of one process', async () => {
    await using program = new ProbedProgram()
    await using other = new ProbedProgram()
    const args = ['--path', program.path, '--probe', 'fixture:call', '--pid', String(program.pid)]
    await using tool = await RunningTool.start<Hit>('usdt-demo', args, 1)
    await other.does('call')
    await program.does('call')
    await tool.record('the second place', ({ values }) => values[0] === 1234567)
    expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })
    const common = { time, pid: program.pid, comm: expect.stringMatching(/^probes/) as string }
    expect(tool.records).toEqual([
      { ...common, values: [-2, -5_000_000_000, 7] },
      { ...common, values: [1234567, -5_000_000_000, -3] },
    ])
  })

  usdtTest('prints a table, and nothing where there are no values', async () => {
    await using program = new ProbedProgram()
    await using tool = await startTable('usdt-demo', ['--path', program.path, '--probe', 'fixture:plain'])
    await program.does('plain')
    await eventually('a line', () => (tool.stdout.split('\n').length > 2 ? true : undefined))
    const { stdout } = await tool.stop()
    expect(stdout.split('\n')[0]).toBe('TIME     COMM                 PID VALUES')
    expect(stdout.split('\n')[1]).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d probes\\S* +${program.pid}$`))
  })

  it('does not take what names no probe', async () => {
    for (const probe of ['throw', ':throw', 'libstdcxx:', 'a:b:c']) {
      const ending = await run('usdt-demo', '--probe', probe)
      expect(ending).toMatchObject({ code: 64, stdout: '' })
      expect(ending.stderr).toContain(`'${probe}' is not the provider and the name of a probe`)
    }
  })
})

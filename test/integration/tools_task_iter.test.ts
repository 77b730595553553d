import { readdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { run, runInShell } from './command_objects.ts'
import { taskIteratorTest } from './demo_needs.ts'
import { Running } from './tracer.ts'

interface Task {
  readonly pid: number
  readonly tid: number
  readonly state: string
  readonly comm: string
  readonly stack: readonly string[]
}

const tasksOf = (stdout: string): readonly Task[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Task)

describe('rawbpf task-iter', () => {
  taskIteratorTest('lists the threads of a process', async () => {
    const { code, stdout, stderr } = await run('task-iter', '--json', '--pid', String(process.pid))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const threads = readdirSync(`/proc/${process.pid}/task`).map(Number)
    expect(tasksOf(stdout).map(({ pid, tid }) => [pid, tid])).toEqual(
      threads.map((tid) => [process.pid, tid]),
    )
  })

  taskIteratorTest('tells state, name and stack of a task that sleeps', async () => {
    await using sleeper = new Running(['/bin/sleep', '60'])
    const { stdout } = await run('task-iter', '--json', '--comm', 'sleep')
    const task = tasksOf(stdout).find(({ pid }) => pid === sleeper.pid)
    expect(task).toMatchObject({ tid: sleeper.pid, state: 'S', comm: 'sleep' })
    expect(task?.stack.join(' ')).toContain('nanosleep')
    expect(new Set(tasksOf(stdout).map(({ comm }) => comm))).toEqual(new Set(['sleep']))
  })

  taskIteratorTest('tells of a task that was stopped', async () => {
    await using sleeper = new Running(['/bin/sleep', '60'])
    await sleeper.freeze()
    const { stdout } = await run('task-iter', '--pid', String(sleeper.pid))
    const [header, line] = stdout.split('\n')
    expect(header).toBe('    PID     TID S COMM             IN')
    const pid = String(sleeper.pid).padStart(7)
    expect(line?.startsWith(`${pid} ${pid} T sleep            `)).toBe(true)
    expect(line).toContain('do_signal_stop')
  })

  taskIteratorTest('ends with 1 where its last line cannot be written', async () => {
    const { code, stderr } = await runInShell('"$@" >/dev/full', 'task-iter')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'rawbpf: cannot write to standard output: ENOSPC: no space left on device, write; check where the output is redirected to\n',
    })
  })
})

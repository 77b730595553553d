import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { bpfTest } from '../kernel/require.ts'
import { CountingTool, jsonLines } from './tool_run.ts'

interface Row {
  readonly pid?: number
  readonly comm?: string
  readonly unit: string
  readonly slots: readonly { readonly from: number; readonly to: number; readonly count: number }[]
}

/** Sleeps so often, and says its id and how often it was taken off a processor until then. */
const SLEEPER = `
i=0; while [ $i -lt 20 ]; do sleep 0.01; i=$((i+1)); done
echo $$; while read name count; do case $name in *ctxt_switches:) echo $count;; esac; done < /proc/$$/status`

interface Slept {
  readonly pid: number
  readonly switches: number
}

async function sleepOften(): Promise<Slept> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', SLEEPER])
  const [pid = 0, voluntary = 0, involuntary = 0] = stdout.split('\n').map(Number)
  return { pid, switches: voluntary + involuntary }
}

const total = ({ slots }: Row): number => slots.reduce((sum, { count }) => sum + count, 0)

describe('rawbpf runqlat', () => {
  bpfTest('counts each time that a process got a processor', async () => {
    let slept: Slept | undefined
    const ending = await CountingTool.during(['runqlat', '--json', '-P'], async () => {
      slept = await sleepOften()
    })
    expect(ending).toMatchObject({ code: 0, stderr: expect.not.stringContaining('did not count') as string })
    const { pid, switches } = slept!
    const own = jsonLines<Row>(ending).filter((row) => row.pid === pid)
    expect(own).toMatchObject([{ pid, comm: 'sh', unit: 'usecs' }])
    expect(switches).toBeGreaterThanOrEqual(20)
    // The first time it was new; and it may be interrupted on its way out.
    expect(total(own[0]!)).toBeGreaterThanOrEqual(switches + 1)
    expect(total(own[0]!)).toBeLessThan(switches + 20)
  })

  bpfTest('shows one process, or those of one name, in one histogram', async () => {
    const { stdout } = await CountingTool.during(['runqlat', '-m', '-p', String(process.pid)], () =>
      sleepOften(),
    )
    const [header, ...lines] = stdout.split('\n')
    expect(header).toBe('     msecs               : count    distribution')
    expect(lines[0]).toMatch(/^ {9}0 -> 1 {9} : \d+ +\|\** *\|$/)

    const named = await CountingTool.during(['runqlat', '--json', '-P', '-c', 'sleep'], () => sleepOften())
    const rows = jsonLines<Row>(named)
    expect(rows.length).toBeGreaterThanOrEqual(20)
    // A process is called sh until it calls exec.
    expect(rows.filter(({ comm }) => comm !== 'sleep')).toEqual([])
  })
})

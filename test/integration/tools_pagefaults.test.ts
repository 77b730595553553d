import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { bpfTest } from '../kernel/require.ts'
import { CountingTool, jsonLines } from './tool_run.ts'

interface Row {
  readonly pid: number
  readonly comm: string
  readonly minor: number
  readonly major: number
}

interface Line {
  readonly unit: string
  readonly slots: readonly { readonly from: number; readonly to: number; readonly count: number }[]
}

const OWN = ['-p', String(process.pid)]
const PAGE = 4096

/** Touches so many pages for the first time. Blocks of this size have no huge pages. */
function touch(pages: number): void {
  const blocks = Array.from({ length: pages / 64 }, () => new Uint8Array(64 * PAGE))
  for (const block of blocks) for (let page = 0; page < 64; page++) block[page * PAGE] = 1
}

/** What the kernel has counted for this process, of getrusage(2). */
const faults = (): number => process.resourceUsage().minorPageFault + process.resourceUsage().majorPageFault

describe('rawbpf pagefaults', () => {
  bpfTest('counts every fault of a process, as the kernel does', async () => {
    const before = faults()
    let within = 0
    const ending = await CountingTool.during(['pagefaults', '--json', ...OWN], () => {
      const start = faults()
      touch(4096)
      within = faults() - start
    })
    const around = faults() - before
    const rows = jsonLines<Row>(ending)
    expect(ending).toMatchObject({ code: 0, stderr: 'Counting page faults. Ctrl-C ends it.\n' })
    expect(rows).toMatchObject([{ pid: process.pid }])
    const counted = rows[0]!.minor + rows[0]!.major
    expect(within).toBeGreaterThan(1000)
    expect(counted).toBeGreaterThanOrEqual(within)
    expect(counted).toBeLessThanOrEqual(around)
  })

  bpfTest('prints the processes with most faults, and knows their names', async () => {
    const { stdout } = await CountingTool.during(['pagefaults', '-n', '2', '-c', 'ls'], () => {
      for (let time = 0; time < 3; time++) execFileSync('/bin/ls', ['/'])
    })
    const [header, ...lines] = stdout.split('\n').slice(0, -1)
    expect(header).toBe('    PID COMM                  MINOR      MAJOR')
    expect(lines).toHaveLength(2)
    expect(lines.filter((line) => !/^ *\d+ ls {15} +\d+ +\d+$/.test(line))).toEqual([])
  })

  bpfTest('shows when the faults came', async () => {
    const started = performance.now()
    let at = 0
    const ending = await CountingTool.during(
      ['pagefaults', '--json', '--linear', '100', ...OWN],
      async () => {
        await sleep(500)
        at = performance.now()
        touch(16384)
      },
    )
    const [{ unit, slots } = { unit: '', slots: [] }] = jsonLines<Line>(ending)
    const most = slots.reduce((one, other) => (other.count > one.count ? other : one))
    expect(unit).toBe('msecs')
    expect(slots.every(({ from, to }) => to - from === 99)).toBe(true)
    expect(most.from).toBeGreaterThanOrEqual(400)
    expect(most.from).toBeLessThan(at - started + 2000)
  })

  bpfTest('lets the first slot begin when it begins to count', async () => {
    const ending = await CountingTool.during(
      ['pagefaults', '--json', '--linear', '6000', ...OWN],
      async () => {
        await sleep(3000)
        touch(16384)
      },
    )
    // 3 seconds after that, or as much more as it takes to hear of it.
    const [{ slots } = { slots: [] }] = jsonLines<Line>(ending)
    expect(slots).toMatchObject([{ from: 0, to: 5999 }])
  })
})

import { accessSync, closeSync, openSync, writeSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { bpfTest } from '../kernel/require.ts'
import { run } from './command_objects.ts'
import { eventually } from './eventually.ts'
import { rawSyscall } from './raw_syscall.ts'
import { CountingTool, jsonLines } from './tool_run.ts'

interface Row {
  readonly time: string
  readonly syscall?: string
  readonly pid?: number
  readonly comm?: string
  readonly count: number
  readonly total_ns?: number
}

const OWN = ['-p', String(process.pid)]

/** Writes at a place in a file, which nothing else in this process does, so often; pwrite64(2). */
function write(times: number): void {
  const file = openSync('/dev/null', 'w')
  for (let time = 0; time < times; time++) writeSync(file, Buffer.of(0), 0, 1, 0)
  closeSync(file)
}

/** Asks for a process that is not there, so often; kill(2) with ESRCH. */
function fail(times: number): void {
  for (let time = 0; time < times; time++) {
    try {
      process.kill(0x3fff_ffff, 0)
    } catch {
      continue
    }
  }
}

/** Asks for a file that is not there, so often; access(2), or on arm64 faccessat(2), with ENOENT. */
function access(times: number): void {
  for (let time = 0; time < times; time++) {
    try {
      accessSync('/does/not/exist')
    } catch {
      continue
    }
  }
}

/** A number that no system call has, nor those that follow on it. */
const UNKNOWN_CALL = 100_000
/** `max_entries` of the map in bpf/syscount.bpf.c. */
const MAX_COUNTS = 10_240

const countOf = (rows: readonly Row[], syscall: string): number =>
  rows.filter((row) => row.syscall === syscall).reduce((sum, { count }) => sum + count, 0)

describe('rawbpf syscount', () => {
  bpfTest('counts every call of a process once', async () => {
    const ending = await CountingTool.during(['syscount', '--json', '-n', '999', ...OWN], () => {
      write(1234)
      fail(56)
    })
    const rows = jsonLines<Row>(ending)
    expect(ending).toMatchObject({ code: 0, stderr: 'Counting system calls. Ctrl-C ends it.\n' })
    expect(countOf(rows, 'pwrite64')).toBe(1234)
    // The last one interrupts rawbpf.
    expect(countOf(rows, 'kill')).toBe(56 + 1)
    expect(Object.keys(rows[0]!)).toEqual(['time', 'syscall', 'count'])
  })

  bpfTest('prints the calls that are made most, as a table', async () => {
    const { stdout } = await CountingTool.during(['syscount', '-n', '1', ...OWN], () => {
      write(100_000)
    })
    expect(stdout).toBe('SYSCALL                       COUNT\npwrite64                     100000\n')
  })

  bpfTest('counts only what fails, or fails with one error', async () => {
    const act = (): void => {
      write(20)
      fail(30)
      access(40)
    }
    const failed = jsonLines<Row>(
      await CountingTool.during(['syscount', '--json', '-x', '-n', '99', ...OWN], act),
    )
    expect([countOf(failed, 'kill'), countOf(failed, 'pwrite64')]).toEqual([30, 0])
    expect(countOf(failed, 'access') + countOf(failed, 'faccessat')).toBe(40)
    const one = jsonLines<Row>(await CountingTool.during(['syscount', '--json', '-e', 'ESRCH', ...OWN], act))
    expect(one).toEqual([{ time: expect.any(String) as string, syscall: 'kill', count: 30 }])
  })

  bpfTest('tells how long the calls took, by process', async () => {
    const args = ['syscount', '--json', '-P', '-L', '-x', '-e', 'ESRCH']
    const started = process.hrtime.bigint()
    const rows = jsonLines<Row>(
      await CountingTool.during(args, () => {
        fail(500)
      }),
    )
    const elapsed = Number(process.hrtime.bigint() - started)
    const own = rows.filter(({ pid }) => pid === process.pid)
    expect(own).toMatchObject([{ pid: process.pid, count: 500 }])
    expect(own[0]!.comm).not.toBe('')
    expect(own[0]!.total_ns).toBeGreaterThan(500)
    expect(own[0]!.total_ns).toBeLessThan(elapsed)
  })

  bpfTest('starts over with every interval, or adds up', async () => {
    const lastOf = async (
      tool: CountingTool,
      what: (rows: readonly Row[]) => number,
      wanted: number,
    ): Promise<void> => {
      await eventually(`a count of ${wanted}: ${tool.stdout}`, () =>
        what(jsonLines<Row>(tool)) === wanted ? true : undefined,
      )
    }
    const kills = (rows: readonly Row[]): readonly number[] => rows.map(({ count }) => count)
    const args = ['syscount', '--json', '-e', 'ESRCH', '-i', '0.1', ...OWN]
    {
      await using tool = await CountingTool.start(...args)
      fail(7)
      await lastOf(tool, (rows) => countOf(rows, 'kill'), 7)
      fail(5)
      await lastOf(tool, (rows) => countOf(rows, 'kill'), 12)
      expect(kills(jsonLines<Row>(await tool.stop()))).not.toContain(12)
    }
    await using tool = await CountingTool.start(...args, '--cumulative')
    fail(7)
    await lastOf(tool, (rows) => rows.at(-1)?.count ?? 0, 7)
    fail(5)
    await lastOf(tool, (rows) => rows.at(-1)?.count ?? 0, 12)
    expect((await tool.stop()).code).toBe(0)
  })

  bpfTest('ends by itself after its time, and refuses what is no error', async () => {
    expect(await run('syscount', '-d', '0.2', ...OWN)).toMatchObject({ code: 0, signal: null })
    const { code, stderr } = await run('syscount', '-e', 'EWRONG')
    expect(code).toBe(64)
    expect(stderr).toContain("'EWRONG' is not an error of errno(3), such as ENOENT or 2")
  })

  bpfTest('says how many events it had no room for, and counts what it has', async () => {
    const DISTINCT = 11_000
    const ending = await CountingTool.during(['syscount', '--json', '-n', '99999', ...OWN], () => {
      for (let number = 0; number < DISTINCT; number++) rawSyscall(UNKNOWN_CALL + number)
    })
    const rows = jsonLines<Row>(ending)
    expect(ending.code).toBe(0)
    const [, lost] = /^syscount: did not count (\d+) events: a map was full$/m.exec(ending.stderr) ?? []
    const ours = rows.filter(({ syscall }) => /^syscall 1\d{5}$/.test(syscall ?? ''))
    // While the counts are taken, this process goes on, and what it calls then finds room again.
    expect(rows.length).toBeGreaterThanOrEqual(MAX_COUNTS)
    expect(ours.length).toBeLessThanOrEqual(MAX_COUNTS)
    expect(new Set(ours.map(({ count }) => count))).toEqual(new Set([1]))
    // Others of this process's found no room either.
    expect(Number(lost)).toBeGreaterThanOrEqual(DISTINCT - ours.length)
    expect(Number(lost)).toBeLessThan(DISTINCT)
  })

  bpfTest('takes no number of a call for one of a 32-bit program', async () => {
    const ending = await CountingTool.during(['syscount', '--json', '-n', '99999', ...OWN], () => {
      for (const number of [-1, -1, -1, UNKNOWN_CALL]) rawSyscall(number)
    })
    const rows = jsonLines<Row>(ending)
    expect(countOf(rows, 'syscall -1')).toBe(3)
    expect(countOf(rows, `syscall ${UNKNOWN_CALL}`)).toBe(1)
    expect(rows.filter(({ syscall }) => syscall?.startsWith('32-bit'))).toEqual([])
  })
})

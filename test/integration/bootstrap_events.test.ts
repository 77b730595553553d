import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { commOf, differences } from './expected_events.ts'
import { everySort, strangeNames, twoThousand, withUnusualThreads } from './jobs.ts'
import { groupDeadTest, traceTest } from './needs.ts'
import { type JsonEvent, Tracer } from './tracer.ts'
import { type Process, runJobs, shell, times, TRUE } from './workload.ts'

/** Far more than it takes on two slow cores (4 s, or 20 s beside four busy loops). */
const SLOW_MACHINE_MS = 180_000

/** In a guest of `npm run test:vm`, whose processor is emulated, fewer have to do. */
const isSlow = process.env['RAWBPF_GUEST'] === '1'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Runs one more process and waits until `tracer` has told of it, and so of everything before. */
async function catchUp(tracer: Tracer): Promise<void> {
  const [last] = await runJobs([TRUE])
  await tracer.told(last!.pid)
}

describe('rawbpf bootstrap --json', () => {
  const manyProcesses = async (): Promise<void> => {
    await using tracer = await Tracer.start(['--json'])
    const processes = await runJobs(isSlow ? everySort(folder) : twoThousand(folder), { cwd: folder })
    await catchUp(tracer)
    const ending = await tracer.stop()

    expect(processes.length).toBeGreaterThanOrEqual(isSlow ? 120 : 2000)
    expect(differences(tracer.events, processes)).toEqual([])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  }

  traceTest(
    `tells of the start and the end of each of ${isSlow ? 120 : '2,000'} processes and more, once, and right`,
    manyProcesses,
    SLOW_MACHINE_MS,
  )

  groupDeadTest('sees one process where another thread than the first ends it or calls exec', async () => {
    await using tracer = await Tracer.start(['--json'])
    const processes = await runJobs(times(3, withUnusualThreads()).flat(), { concurrency: 2 })
    await catchUp(tracer)
    await tracer.stop()
    expect(differences(tracer.events, processes)).toEqual([])
  })

  traceTest('tells of the end of a process that only forked, without a duration', async () => {
    await using tracer = await Tracer.start(['--json'])
    const [parent] = await runJobs([shell('(exit 3); exit 4', { end: { exit_code: 4 } })])
    await catchUp(tracer)
    await tracer.stop()

    expect(differences(tracer.events, [parent!])).toEqual([])
    const children = tracer.events.filter(({ ppid }) => ppid === parent!.pid)
    expect(children).toEqual([
      {
        time: expect.any(String) as string,
        event: 'EXIT',
        comm: 'sh',
        pid: expect.any(Number) as number,
        ppid: parent!.pid,
        exit_code: 3,
        signal: 0,
        duration_ns: null,
      },
    ])
  })

  traceTest(
    'writes an object for each line, with its keys in one order and its time in RFC 3339',
    async () => {
      await using tracer = await Tracer.start(['--json'])
      await runJobs(times(5, TRUE))
      await catchUp(tracer)
      await tracer.stop()

      const keys = { EXEC: new Set<string>(), EXIT: new Set<string>() }
      for (const event of tracer.events) keys[event.event].add(Object.keys(event).join(' '))
      expect([...keys.EXEC]).toEqual(['time event comm pid ppid filename'])
      expect([...keys.EXIT]).toEqual(['time event comm pid ppid exit_code signal duration_ns'])
      expect(tracer.events.every(({ time }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time))).toBe(
        true,
      )
    },
  )
})

describe('rawbpf bootstrap', () => {
  const header = 'TIME     EVENT COMM             PID     PPID    FILENAME/EXIT CODE'

  /** The lines of a process as the C program prints them, from the fixed columns on: `%-8s %-5s %-16s %-7s %-7s %s`. */
  function rows(pid: number, comm: string, filename: string, code: number): readonly string[] {
    const ids = `${String(pid).padEnd(7)} ${String(process.pid).padEnd(7)}`
    return [
      `EXEC  ${comm.padEnd(16)} ${ids} ${filename}`,
      `EXIT  ${comm.padEnd(16)} ${ids} [${code}] (NNNms)`,
    ]
  }

  traceTest('prints the header, and two lines in fixed columns for each process', async () => {
    await using tracer = await Tracer.start([])
    const jobs = [
      TRUE,
      { file: '/bin/false', end: { exit_code: 1 } },
      shell('exit 255', { end: { exit_code: 255 } }),
    ]
    const processes = await runJobs(times(20, jobs).flat())
    await catchUp(tracer)
    await tracer.stop()

    const [first, ...lines] = tracer.lines
    expect(first).toBe(header)
    expect(lines.filter((line) => !/^\d\d:\d\d:\d\d /.test(line))).toEqual([])
    const printed = lines.map((line) => line.slice('HH:MM:SS '.length).replace(/\(\d+ms\)$/, '(NNNms)'))
    for (const { job, pid } of processes) {
      const code = job.end !== undefined && 'exit_code' in job.end ? job.end.exit_code : 0
      const expected = rows(pid, commOf(job.file), job.file, code)
      expect(
        printed.filter((line) => line.includes(` ${pid} `) && line.includes(` ${process.pid} `)),
      ).toEqual(expected)
    }
  })

  traceTest('keeps control characters of file names off the terminal', async () => {
    await using tracer = await Tracer.start([])
    const names = join(folder, 'table')
    mkdirSync(names)
    const processes = await runJobs(strangeNames(names))
    await catchUp(tracer)
    await tracer.stop()

    expect(processes.some(({ job }) => job.file.includes('\n'))).toBe(true)
    expect(tracer.stdout).toContain(`${names}/new\\x0aline\\x09and\\x1b[31m\n`)
    expect(tracer.lines.slice(1).filter((line) => !/^\d\d:\d\d:\d\d EX(EC|IT) /.test(line))).toEqual([])
  })
})

describe('rawbpf bootstrap -d 300', () => {
  const LIMIT_NS = 300_000_000n

  const sleepers = ['0.05', '0.1', '0.2', '0.35', '0.6', '0.9'].map((seconds) => ({
    file: '/bin/sleep',
    args: [seconds],
  }))
  const slept = ({ job }: Process): number => Number(job.args?.[0])
  const pidsOf = (processes: readonly Process[]): readonly number[] => processes.map(({ pid }) => pid).sort()
  const about = (events: readonly JsonEvent[], processes: readonly Process[]): readonly number[] => {
    const pids = new Set(pidsOf(processes))
    return events
      .filter(({ pid }) => pids.has(pid))
      .map(({ pid }) => pid)
      .sort()
  }

  traceTest('prints only ends, and only of processes that lived 300 ms and longer', async () => {
    await using tracer = await Tracer.start(['--json', '-d', '300'])
    const processes = await runJobs([
      ...times(5, sleepers).flat(),
      shell('sleep 0.4; exit 9', { end: { exit_code: 9 } }),
    ])
    const [last] = await runJobs([{ file: '/bin/sleep', args: ['0.4'] }])
    await tracer.told(last!.pid)
    await tracer.stop()

    // A sleep takes at least as long as it says; on a busy machine it takes longer, and we know only how much at most.
    const long = processes.filter((process) => !(slept(process) < 0.3))
    const short = processes.filter(({ seenForNs }) => seenForNs < LIMIT_NS)
    expect(long).toHaveLength(16)
    expect(short).not.toHaveLength(0)
    expect(about(tracer.events, long)).toEqual(pidsOf(long))
    expect(about(tracer.events, short)).toEqual([])
    expect(tracer.events.filter(({ event }) => event !== 'EXIT')).toEqual([])
    expect(tracer.events.filter(({ duration_ns }) => Number(duration_ns) < Number(LIMIT_NS))).toEqual([])
    const nine = processes.find(({ job }) => job.file === '/bin/sh')
    expect(tracer.events.find(({ pid }) => pid === nine?.pid)).toMatchObject({ exit_code: 9, comm: 'sh' })
  })
})

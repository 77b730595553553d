import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bpfTest } from '../kernel/require.ts'
import { Folder, run } from './command_objects.ts'
import { CountingTool, jsonLines } from './tool_run.ts'

interface Row {
  readonly disk?: string
  readonly flags?: string
  readonly unit: string
  readonly slots: readonly { readonly count: number }[]
}

/** A disk of guests of `npm run test:vm`, whose files are in memory: what is written to it is thrown away. */
const NULL_DISK = '/dev/nullb0'

/** Writes to a file and waits for the disk, so often. */
function writeThrough(folder: Folder, times: number): void {
  const isGuest = process.env['RAWBPF_GUEST'] === '1' && existsSync(NULL_DISK)
  const file = isGuest ? openSync(NULL_DISK, 'r+') : openSync(folder.at('data'), 'w')
  for (let time = 0; time < times; time++) {
    writeSync(file, Buffer.alloc(4096, time))
    fsyncSync(file)
  }
  closeSync(file)
}

/** Where Documentation/admin-guide/iostats.rst of Linux 6.18 has reads, writes and discards. */
const TRANSFERS = [0, 4, 11]
/** And flushes: where these are completed in a batch, the tracepoint does not tell (`blk_complete_request` of block/blk-mq.c). */
const REQUESTS = [...TRANSFERS, 15]

/** How many requests each disk has done. */
function requestsDone(fieldsOf = REQUESTS): ReadonlyMap<string, number> {
  const lines = readFileSync('/proc/diskstats', 'utf8').trim().split('\n')
  return new Map(
    lines.map((line) => {
      const [, , name = '', ...fields] = line.trim().split(/\s+/)
      return [name, fieldsOf.reduce((sum, index) => sum + Number(fields[index] ?? 0), 0)]
    }),
  )
}

/** Disks that had to do with writing a file in the temporary folder. */
function busiest(): string | undefined {
  using folder = new Folder()
  const before = requestsDone()
  writeThrough(folder, 3)
  const done = [...requestsDone()].map(([name, count]) => ({ name, count: count - (before.get(name) ?? 0) }))
  return done.filter(({ name }) => !/^(zram|dm-|md)/.test(name)).find(({ count }) => count >= 3)?.name
}

const disk = busiest()

/** A container may write to memory only, and a kernel may be built without null_blk. */
const diskTest: typeof bpfTest = (title, body, timeout) => {
  if (disk !== undefined) bpfTest(title, body, timeout)
  else it.skip(`${title} (needs a disk: writing a file makes none do anything)`, body)
}

const total = (rows: readonly Row[]): number =>
  rows.flatMap(({ slots }) => slots).reduce((sum, { count }) => sum + count, 0)

describe('rawbpf biolatency', () => {
  diskTest('counts each request of a disk once', async () => {
    using folder = new Folder()
    const before = requestsDone()
    let within = 0
    const ending = await CountingTool.during(['biolatency', '--json', '-D', '--disk', disk!], () => {
      const start = requestsDone(TRANSFERS).get(disk!)!
      writeThrough(folder, 100)
      within = requestsDone(TRANSFERS).get(disk!)! - start
    })
    const rows = jsonLines<Row>(ending)
    const around = requestsDone().get(disk!)! - before.get(disk!)!
    expect(ending.code).toBe(0)
    expect(rows).toMatchObject([{ disk, unit: 'usecs' }])
    expect(within).toBeGreaterThanOrEqual(100)
    // Requests that were on their way when the programs were attached have no start.
    expect(total(rows)).toBeGreaterThanOrEqual(within - 32)
    expect(total(rows)).toBeLessThanOrEqual(around)
  })

  diskTest('tells the sorts of requests apart', async () => {
    using folder = new Folder()
    const { stdout } = await CountingTool.during(['biolatency', '-F', '-m', '-Q'], () => {
      writeThrough(folder, 10)
    })
    const sorts = stdout.split('\n').filter((line) => line.startsWith('flags = '))
    expect(sorts.some((line) => line.endsWith('Write'))).toBe(true)
    expect(new Set(sorts).size).toBe(sorts.length)
    expect(stdout).toContain('     msecs               : count    distribution\n')
  })

  it.each(['none', 'n'.repeat(32), '..', ''])(
    'does not wait for the disk %j, which is not there',
    async (name) => {
      const { code, stdout, stderr } = await run('biolatency', '--disk', name)
      expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
      expect(stderr).toContain(`'${name}' is not a disk that /sys/block lists`)
    },
  )
})

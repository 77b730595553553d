import { closeSync, constants, openSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { Folder } from './command_objects.ts'
import { eventually } from './eventually.ts'
import { traceTest } from './needs.ts'
import { cText, hasSyscall, rawSyscall } from './raw_syscall.ts'
import { RunningTool, startTable } from './running_tool.ts'
import { runJobs, shell } from './workload.ts'

interface Open {
  readonly time: string
  readonly pid: number
  readonly ret: number
  readonly flags: number
  readonly cut: boolean
  readonly comm: string
  readonly path: string
}

const { O_RDWR, O_CREAT, O_WRONLY, O_TRUNC } = constants
const ENOENT = 2
const AT_FDCWD = -100
const HOW_SIZE = 24

const LINKS = hasSyscall('open') ? 8 : 4

const start = (...args: readonly string[]): Promise<RunningTool<Open>> =>
  RunningTool.start('opensnoop', args, LINKS)

/** `struct open_how`: flags, mode, resolve. */
const how = (flags: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(flags), 0n, 0n).buffer)

describe('rawbpf opensnoop', () => {
  traceTest('tells path, flags and descriptor of each of the three system calls', async () => {
    using folder = new Folder()
    await using tool = await start('--pid', String(process.pid))
    const calls = [
      ...(hasSyscall('open') ? [['open', 0o640] as const] : []),
      ['openat', 0o640] as const,
      ['openat2', 0] as const,
    ]
    const opened = calls.map(([name, mode]) => {
      const path = folder.write(name, '')
      const flags = O_RDWR | (mode === 0 ? 0 : O_CREAT)
      const fd = {
        open: () => rawSyscall('open', cText(path), flags, mode),
        openat: () => rawSyscall('openat', AT_FDCWD, cText(path), flags, mode),
        openat2: () => rawSyscall('openat2', AT_FDCWD, cText(path), how(flags), HOW_SIZE),
      }[name]()
      closeSync(fd)
      return { pid: process.pid, ret: fd, flags, cut: false, path }
    })
    await tool.record('the last', ({ path, flags }) => path === folder.at('openat2') && flags === O_RDWR)
    expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })

    const ours = tool.records.filter(({ path, flags }) =>
      opened.some((o) => o.path === path && o.flags === flags),
    )
    expect(ours).toMatchObject(opened)
    expect(new Set(tool.records.map(({ pid }) => pid))).toEqual(new Set([process.pid]))
  })

  traceTest('tells of files that are created by the call for that', async () => {
    if (!hasSyscall('creat')) return
    using folder = new Folder()
    await using tool = await start('--pid', String(process.pid))
    const fd = rawSyscall('creat', cText(folder.at('new')), 0o600)
    closeSync(fd)
    const record = await tool.record('the file', ({ path }) => path === folder.at('new'))
    expect(record).toMatchObject({ ret: fd, flags: O_CREAT | O_WRONLY | O_TRUNC, cut: false })
  })

  traceTest('tells of failures, with --failed of them alone', async () => {
    using folder = new Folder()
    await using tool = await start('--failed', '--pid', String(process.pid))
    closeSync(openSync(folder.write('there', ''), 'r'))
    expect(() => openSync(folder.at('missing'), O_WRONLY)).toThrow('ENOENT')
    const failure = await tool.record('the failure', ({ path }) => path === folder.at('missing'))
    expect(failure).toMatchObject({ ret: -ENOENT, cut: false })
    expect(failure.flags & O_WRONLY).toBe(O_WRONLY)
    await tool.interrupt()
    expect(tool.records.filter(({ ret }) => ret >= 0)).toEqual([])
  })

  traceTest('cuts paths behind 254 bytes and says so', async () => {
    using folder = new Folder()
    await using tool = await start('--failed', '--pid', String(process.pid))
    const fits = folder.at('f').padEnd(254, '/f')
    const cut = folder.at('c').padEnd(255, '/c')
    for (const path of [fits, cut]) expect(() => openSync(path, 'r')).toThrow('ENOENT')
    await tool.record('the second', ({ path }) => path === cut.slice(0, 254))
    expect(tool.records.find(({ path }) => path === fits)).toMatchObject({ cut: false })
    expect(tool.records.find(({ path }) => path === cut.slice(0, 254))).toMatchObject({ cut: true })
  })

  traceTest('watches processes of one name, and prints a table', async () => {
    using folder = new Folder()
    await using tool = await startTable('opensnoop', ['--comm', 'rawbpf-open'])
    const path = folder.at('a b')
    const [job] = await runJobs([shell(`printf rawbpf-open > /proc/self/comm; : > '${path}'; exit 0`)])
    await eventually('the line', () => (tool.stdout.includes(`${path}\n`) ? true : undefined))
    const { code, stderr, stdout } = await tool.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [header, ...lines] = stdout.split('\n').slice(0, -1)
    expect(header).toBe('TIME     COMM                 PID RESULT     FLAGS PATH')
    for (const line of lines)
      expect(line.slice(9)).toMatch(new RegExp(`^rawbpf-open +${job!.pid} \\w+ +[0-7]{8} `))
  })
})

import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { describe, expect, onTestFinished } from 'vitest'
import { bpfTest } from '../kernel/require.ts'
import { Folder, run, runUnprivileged } from './command_objects.ts'
import { toolTest } from './needs.ts'
import { CountingTool, jsonLines } from './tool_run.ts'
import { Running } from './tracer.ts'

interface Row {
  readonly stack: readonly string[]
  readonly count: number
}

/** Keeps a processor busy with code that has a name in a symbol table: the hashes of Node.js's own OpenSSL, or of libcrypto. */
const BUSY = `
  const { pbkdf2Sync } = require('node:crypto')
  for (;;) pbkdf2Sync('word', 'salt', 50000, 64, 'sha512')`

/** The same with code that a just-in-time compiler makes. What is inlined has no frame. */
const JITTED = `
  function rootsOf(end) {
    let sum = 0
    for (let number = 0; number < end; number++) sum += Math.sqrt(number)
    return sum
  }
  function callsRootsOf() {
    let sum = 0
    for (let turn = 0; turn < 10; turn++) sum += rootsOf(100000)
    return sum
  }
  %NeverOptimizeFunction(callsRootsOf)
  for (;;) callsRootsOf()`

const setprivTest = toolTest('setpriv', '--version')

const total = (rows: readonly Row[]): number => rows.reduce((sum, { count }) => sum + count, 0)

describe('rawbpf profile', () => {
  bpfTest('finds most samples of a busy process in the function that is busy', async () => {
    await using busy = new Running([process.execPath, '-e', BUSY])
    const ending = await run('profile', '--json', '-d', '2', '-F', '99', '-p', String(busy.pid))
    const rows = jsonLines<Row>(ending)
    expect(ending).toMatchObject({ code: 0, stderr: 'Collecting stacks. Ctrl-C ends it.\n' })
    // The processor may be shared with many others.
    expect(total(rows)).toBeGreaterThan(10)
    expect(total(rows)).toBeLessThan(99 * 10)
    expect(rows.every(({ stack }) => stack.length > 1)).toBe(true)
    const hashing = rows.filter(({ stack }) =>
      stack.some((name) => /sha|SHA|pbkdf2|PBKDF2|crypto/.test(name)),
    )
    expect(total(hashing) / total(rows)).toBeGreaterThan(0.5)
  })

  bpfTest('names the functions of a Node.js program that lists them', async () => {
    using folder = new Folder()
    const script = folder.write('busy.js', JITTED)
    // V8 writes a log of its own, where it is started.
    await using busy = new Running(
      [
        process.execPath,
        '--perf-basic-prof',
        '--interpreted-frames-native-stack',
        '--allow-natives-syntax',
        script,
      ],
      { cwd: folder.path },
    )
    onTestFinished(() => {
      rmSync(`/tmp/perf-${busy.pid}.map`, { force: true })
    })
    const rows = jsonLines<Row>(await run('profile', '--json', '-d', '2', '-F', '99', '-p', String(busy.pid)))
    const named = rows.filter(({ stack }) => {
      const place = stack.findIndex((name) => /^JS:.*callsRootsOf /.test(name))
      return place >= 0 && stack.slice(place + 1).some((name) => /^JS:.*rootsOf .*busy\.js/.test(name))
    })
    expect(total(named) / total(rows)).toBeGreaterThan(0.5)
  })

  bpfTest("prints folded stacks, the kernel's functions marked", async () => {
    const script = 'for (;;) require("node:fs").readFileSync("/proc/self/maps")'
    await using busy = new Running([process.execPath, '-e', script])
    const { stdout } = await run('profile', '-d', '2', '-F', '99', '-p', String(busy.pid))
    const lines = stdout.split('\n').slice(0, -1)
    expect(lines.filter((line) => !/^[^;]+(;[^;]+)* \d+$/.test(line))).toEqual([])
    expect(lines).toEqual(lines.toSorted())
    const inKernel = lines.filter((line) => line.includes(';vfs_read_[k];'))
    expect(inKernel.length).toBeGreaterThan(0)
    // What a process calls in the kernel is behind its own functions.
    expect(inKernel.filter((line) => /_\[k\];[^;]*[^\]]($|;)/.test(line.replace(/ \d+$/, '')))).toEqual([])
  })

  bpfTest('measures what a process waits for', async () => {
    await using sleeper = new Running(['/bin/sh', '-c', 'while :; do sleep 0.2; done'])
    const rows = jsonLines<Row>(await run('profile', '--off', '--json', '-d', '3', '-c', 'sleep'))
    const sleeping = rows.filter(({ stack }) => stack.some((name) => name.endsWith('nanosleep_[k]')))
    expect(sleeper.hasEnded).toBe(false)
    expect(rows.every(({ stack }) => stack[0] === 'sleep')).toBe(true)
    // Microseconds: a sleep or more, and no more than the profile took.
    expect(total(sleeping)).toBeGreaterThan(200_000)
    expect(total(sleeping)).toBeLessThan(10_000_000)
    expect(rows.some(({ stack }) => stack.some((name) => name.includes('bpf_prog')))).toBe(false)
  })

  bpfTest('draws a flame graph, also when it is interrupted', async () => {
    using folder = new Folder()
    const svg = folder.at('profile.svg')
    const ending = await CountingTool.during(['profile', '--svg', svg, '-F', '999'], () => run('--version'))
    expect(ending).toMatchObject({ code: 0, stdout: '' })
    const text = readFileSync(svg, 'utf8')
    expect(text).toMatch(
      /^<svg [^]*Time on the processors: \d+ samples[^]*<title>node \(\d+ samples, [\d.]+%\)[^]*<\/svg>\n$/,
    )
  })

  bpfTest('says before it starts that a file cannot be written', async () => {
    const { code, stderr } = await run('profile', '--svg', '/does/not/exist.svg')
    expect(code).toBe(1)
    expect(stderr).toContain('cannot write /does/not/exist.svg')
    expect(stderr).not.toContain('Collecting')
  })

  setprivTest('leaves an older graph as it is where nothing can be measured', async () => {
    using folder = new Folder()
    const svg = folder.write('profile.svg', 'an older one')
    chmodSync(folder.path, 0o777)
    const { code } = await runUnprivileged('profile', '--svg', svg)
    expect(code).toBe(77)
    expect(readFileSync(svg, 'utf8')).toBe('an older one')
  })
})

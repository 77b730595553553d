import { openSync, closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { allGone, objectsOf } from './kernel_objects.ts'
import { traceTest } from './needs.ts'
import { type Ending, rawbpf, Running, Tracer } from './tracer.ts'
import { runJobs, times, TRUE } from './workload.ts'

async function run(...args: readonly string[]): Promise<Ending> {
  await using running = new Running(rawbpf(...args))
  return await running.ended
}

describe('the command line of rawbpf', () => {
  const bad = ['0', '-5', 'abc', '1.5', '', ' 300', '300ms', '0x10', '99999999999999999999']

  it.each(bad)('does not take %j as a duration', async (duration) => {
    const ending = await run('bootstrap', '-d', duration)
    expect(ending).toMatchObject({ code: 64, stdout: '' })
    expect(
      ending.stderr.startsWith(`Invalid duration: ${duration}\nUsage: rawbpf bootstrap [options]\n`),
    ).toBe(true)
  })

  it.each([
    ['an unknown option', ['bootstrap', '--nope'], "unknown option '--nope'"],
    ['an option without its value', ['bootstrap', '-d'], "option '-d, --duration <ms>' argument missing"],
    ['an argument too many', ['bootstrap', 'more'], 'too many arguments'],
    ['an unknown command', ['nope'], "unknown command 'nope'"],
    ['no command', [], ''],
  ])('answers %s with the usage and 64', async (_, args, message) => {
    const ending = await run(...args)
    expect(ending).toMatchObject({ code: 64, stdout: '' })
    expect(ending.stderr).toContain(message)
    expect(ending.stderr).toContain('Usage: rawbpf ')
  })

  it('prints help and version on standard output', async () => {
    const help = await run('bootstrap', '--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const option of ['--duration <ms>', '--verbose', '--json', '--help', '--version']) {
      expect(help.stdout).toContain(option)
    }
    const version = await run('bootstrap', '--version')
    expect(version).toMatchObject({ code: 0, stderr: '' })
    expect(version.stdout).toMatch(/^rawbpf \d+\.\d+\.\d+\n$/)
    expect(await run('--version')).toEqual(version)
  })
})

describe('what rawbpf bootstrap writes, and where', () => {
  traceTest('tells the load on standard error with -v, and the events on standard output', async () => {
    await using tracer = await Tracer.start(['-v', '--json'])
    const [process] = await runJobs([TRUE])
    await tracer.told(process!.pid)
    const { code, stderr } = await tracer.stop()

    expect(code).toBe(0)
    expect(tracer.events.filter(({ pid }) => pid === process!.pid)).toHaveLength(2)
    const stages = new Set(stderr.split('\n').map((line) => line.split(':')[0]))
    for (const stage of ['elf', 'object', 'btf', 'relocate', 'core', 'load', 'attach', 'syscall']) {
      expect(stages).toContain(stage)
    }
  })

  traceTest('ends with 0 and in silence when the reader of its output goes away', async () => {
    const script = '{ "$@"; echo "ended with $?" >&2; } | head -3'
    await using pipeline = new Running(['/bin/sh', '-c', script, 'sh', ...rawbpf('bootstrap')])
    while (!pipeline.hasEnded) await runJobs([TRUE])
    const { stdout, stderr } = await pipeline.ended
    expect(stderr).toBe('ended with 0\n')
    expect(stdout.split('\n')).toHaveLength(4)
  })

  traceTest('says so and ends with 1 when its output cannot be written', async () => {
    const full = openSync('/dev/full', 'w')
    await using running = new Running(rawbpf('bootstrap'), { stdout: full })
    closeSync(full)
    const { code, stderr } = await running.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^rawbpf: cannot write to standard output: ENOSPC[^\n]*\n$/)
  })

  traceTest('runs on with a standard output that was closed from the start', async () => {
    await using tracer = new Tracer(['/bin/sh', '-c', 'exec "$@" >&-', 'sh', ...rawbpf('bootstrap')])
    await tracer.attached()
    await runJobs(times(10, TRUE))
    expect(await tracer.stop()).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  })
})

describe('how rawbpf bootstrap ends', () => {
  traceTest('detaches and ends with 0 on SIGTERM as on SIGINT', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      await using tracer = await Tracer.start([])
      expect(await tracer.stop(signal)).toMatchObject({ code: 0, signal: null, stderr: '' })
    }
  })

  traceTest('leaves nothing behind when SIGINT comes twice', async () => {
    await using tracer = await Tracer.start([])
    const ids = objectsOf(tracer.pid)
    tracer.kill('SIGINT')
    const { code, signal, stderr } = await tracer.stop('SIGINT')
    // The second one ends it at once, if it is still there.
    expect(code === 0 || signal === 'SIGINT').toBe(true)
    expect(stderr).toBe('')
    await allGone(ids)
  })

  traceTest('leaves nothing behind when SIGINT comes during the load', async () => {
    for (const delayMs of [0, 100, 200, 250, 300, 350, 400, 450, 500]) {
      await using tracer = new Tracer(rawbpf('bootstrap'))
      await sleep(delayMs)
      const ids = objectsOf(tracer.pid)
      const { code, signal, stderr } = await tracer.stop()
      expect(code === 0 || signal === 'SIGINT', `after ${delayMs} ms: ${code} ${signal} ${stderr}`).toBe(true)
      expect(stderr).toBe('')
      await allGone(ids)
    }
  })
})

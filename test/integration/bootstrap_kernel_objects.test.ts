import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { eventually } from './eventually.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { hasPerfLink } from '../../src/kernel/probes/perf_link.ts'
import { alive, allGone, attachedPrograms, type ObjectIds, objectsOf } from './kernel_objects.ts'
import { toolTest, traceTest } from './needs.ts'
import { rawbpf, Running, Tracer, typescriptArguments } from './tracer.ts'
import { runJobs } from './workload.ts'

const mounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8')
const counts = (ids: ObjectIds): unknown => ({
  program: ids.program.length,
  map: ids.map.length,
  link: ids.link.length,
  btf: ids.btf.length,
})
/** Before Linux 5.15 programs are attached to perf events without links. */
const LINKS = hasPerfLink(openKernel()).kind === 'there' ? 2 : 0
const EVERYTHING = { program: 2, map: 4, link: LINKS, btf: 1 }

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('what rawbpf bootstrap has in the kernel', () => {
  traceTest('is two programs, four maps, two links and one BTF, and no mount', async () => {
    const before = mounts()
    await using tracer = await Tracer.start([])
    const ids = objectsOf(tracer.pid)
    expect(counts(ids)).toEqual(EVERYTHING)
    expect(alive(ids)).toEqual(ids)
    expect(mounts()).toBe(before)
    await tracer.stop()
    await allGone(ids)
    expect(mounts()).toBe(before)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGSEGV', 'SIGHUP'] as const) {
    traceTest(`is gone after ${signal}`, async () => {
      await using tracer = await Tracer.start([], { cwd: folder })
      const ids = objectsOf(tracer.pid)
      expect(counts(ids)).toEqual(EVERYTHING)
      await tracer.stop(signal)
      await allGone(ids)
    })
  }

  for (const [how, ending] of [
    ['throw', { code: 1, signal: null }],
    ['abort', { code: null, signal: 'SIGABRT' }],
  ] as const) {
    traceTest(`is gone after a crash inside a callback of the library (${how})`, async () => {
      const script = join(import.meta.dirname, 'workload/crash_in_callback.ts')
      const command = [process.execPath, ...typescriptArguments, script, how] as const
      await using library = new Running(command, { cwd: folder })
      const ids = await eventually('two attached programs', () =>
        attachedPrograms(library.pid) === 2 ? objectsOf(library.pid) : undefined,
      )
      expect(counts(ids)).toEqual(EVERYTHING)

      const file = join(folder, `crash_now`)
      rmSync(file, { force: true })
      symlinkSync('/bin/true', file)
      await runJobs([{ file }])
      expect(await library.ended).toMatchObject(ending)
      await allGone(ids)
    })
  }
})

describe('what a worker has in the kernel that is terminated while it reads', () => {
  traceTest('stays, as no code of the worker runs any more, and ends with the process', async () => {
    const script = join(import.meta.dirname, 'workload/terminated_worker.ts')
    await using process_ = new Running([process.execPath, ...typescriptArguments, script])
    await eventually('a worker that is gone', () =>
      process_.hasEnded || process_.stdout.includes('terminated') ? true : undefined,
    )
    expect(process_.hasEnded).toBe(false)
    expect(attachedPrograms(process_.pid)).toBe(2)
    const ids = objectsOf(process_.pid)
    expect(counts(ids)).toEqual(EVERYTHING)
    expect(await process_.stop('SIGTERM')).toMatchObject({ signal: 'SIGTERM', stderr: '' })
    await allGone(ids)
  })
})

describe('what bpftool lists while rawbpf bootstrap runs', () => {
  interface Listed {
    readonly id: number
    readonly name?: string
    readonly type?: string
    readonly btf_id?: number
    readonly prog_id?: number
    readonly map_ids?: readonly number[]
    readonly frozen?: number
  }

  function list(kind: 'prog' | 'map' | 'link', ids: readonly number[]): readonly Listed[] {
    const text = execFileSync('bpftool', ['-j', kind, 'show'], { encoding: 'utf8' })
    return (JSON.parse(text) as readonly Listed[]).filter(({ id }) => ids.includes(id))
  }

  const bpftoolTest = toolTest('bpftool', 'version')

  bpftoolTest('are our programs, maps and links, by name and with our BTF', async () => {
    await using tracer = await Tracer.start([])
    const ids = objectsOf(tracer.pid)
    const [btf_id] = ids.btf
    const programs = list('prog', ids.program)
    const maps = list('map', ids.map)
    const links = list('link', ids.link)
    await tracer.stop()

    expect(programs).toMatchObject([
      { name: 'handle_exit', type: 'tracepoint', btf_id, gpl_compatible: true },
      { name: 'handle_exec', type: 'tracepoint', btf_id, gpl_compatible: true },
    ])
    expect(maps).toMatchObject([
      { name: 'exec_start', type: 'hash', max_entries: 8192, btf_id },
      { name: 'rb', type: 'ringbuf', max_entries: 262144 },
      { name: 'bootstra.rodata', type: 'array', frozen: 1, btf_id },
      { name: 'bootstra.bss', type: 'array', frozen: 0, btf_id },
    ])
    expect(links.map(({ prog_id }) => prog_id)).toEqual(LINKS === 0 ? [] : ids.program)
    expect(new Set(links.map(({ type }) => type))).toEqual(new Set(LINKS === 0 ? [] : ['perf_event']))
  })

  bpftoolTest('shows the C source lines of the programs', async () => {
    await using tracer = await Tracer.start([])
    const ids = objectsOf(tracer.pid)
    const dump = execFileSync('bpftool', ['prog', 'dump', 'xlated', 'id', String(ids.program[0])], {
      encoding: 'utf8',
    })
    await tracer.stop()
    expect(dump).toContain('; if (!is_process_end(ctx))')
    expect(dump).toContain('int handle_exit(struct trace_event_raw_sched_process_exit *')
  })
})

// Which files are opened does not depend on the kernel, and guests of `npm run test:vm` have no strace.
describe.skipIf(process.env['RAWBPF_GUEST'] === '1')('which system calls rawbpf bootstrap makes', () => {
  const straceTest = toolTest('strace', '--version')

  straceTest('opens no libbpf and no libelf, and no call of bpf fails', async () => {
    const log = join(folder, 'strace.log')
    await using strace = new Running([
      'strace',
      '-f',
      '-o',
      log,
      '-e',
      'trace=openat,bpf',
      ...rawbpf('bootstrap'),
    ])
    const pid = await eventually('strace has started the tracer, which has attached', () => {
      const children = readFileSync(`/proc/${strace.pid}/task/${strace.pid}/children`, 'utf8').trim()
      return children !== '' && objectsOf(Number(children)).link.length === 2 ? Number(children) : undefined
    })
    await runJobs([{ file: '/bin/true' }])
    process.kill(pid, 'SIGINT')
    const { code } = await strace.ended
    expect(code).toBe(0)

    const calls = readFileSync(log, 'utf8').split('\n')
    const opened = calls.filter((call) => call.includes('openat('))
    expect(opened.some((call) => call.includes('koffi'))).toBe(true)
    expect(opened.filter((call) => /libbpf|libelf/.test(call))).toEqual([])
    const bpf = calls.filter((call) => /\bbpf\(/.test(call))
    expect(bpf.filter((call) => call.includes('BPF_PROG_LOAD')).length).toBeGreaterThanOrEqual(2)
    expect(calls.filter((call) => /\bbpf[( ]/.test(call) && call.includes('= -1'))).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { findFunction } from '../../src/executable/find_function.ts'
import { codeOffset } from '../../src/executable/code_offset.ts'
import { atomic, exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_DW } from '../../src/insn/opcodes.ts'
import { openExecutable } from '../../src/kernel/executable_file.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { hasPerfLink } from '../../src/kernel/probes/perf_link.ts'
import { hasUprobeMulti } from '../../src/kernel/probes/uprobe_multi.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixturePath } from '../executable/fixture.ts'
import { writeZip } from '../executable/zip_writer.ts'
import { writeObject } from '../object/object_writer.ts'
import { fixtureFor, ProbedProgram } from './probed_program.ts'
import { featureTest } from './require.ts'

/** Programs of test/fixtures/kernel/uprobe.bpf.c, and no others of it. */
function open(...programs: readonly string[]): LoadedObject {
  const path = join(import.meta.dirname, '../fixtures/kernel/uprobe.bpf.o')
  const spec = parseObject(readFileSync(path), 'uprobe.bpf.o')
  for (const [name, program] of spec.programs) program.autoload = programs.includes(name)
  return loadObject(spec)
}

function load(...programs: readonly string[]): LoadedObject {
  const object = open(...programs)
  onTestFinished(() => {
    object.close()
  })
  return object
}

const path = fixtureFor('probes')

const uprobeTest = featureTest({
  name: 'uprobes',
  since: [4, 17],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: () => {
    using object = open('count')
    object.program('count').attach({ kind: 'uprobe', path, function: 'fixture_add' })
    return undefined
  },
})

const sleepableTest = featureTest({
  name: 'sleepable uprobes',
  since: [6, 0],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: () => {
    open('count_sleepable').close()
    return undefined
  },
})

const cookieTest = featureTest({
  name: 'cookies of uprobes',
  since: [5, 15],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: () => {
    using object = open('add_cookies')
    const target = { kind: 'uprobe', path, function: 'fixture_add', cookie: 1n } as const
    object.program('add_cookies').attach(target)
    return undefined
  },
})

const multiTest = featureTest({
  name: 'uprobe.multi',
  since: [6, 6],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: () => {
    const probed = hasUprobeMulti(openKernel())
    return probed.kind === 'there' ? undefined : probed.kind
  },
})

const sessionTest = featureTest({
  name: 'uprobe.session',
  since: [6, 13],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: () => {
    using object = open('count_session')
    object.program('count_session').attach({ kind: 'uprobe.session', path, pattern: 'fixture_add' })
    return undefined
  },
})

/** A number among the object's variables. */
const count = (object: LoadedObject, name: string): number => Number(object.globals[name])

describe('a uprobe', () => {
  uprobeTest('runs its program whenever the function is entered, until the link is closed', async () => {
    await using program = new ProbedProgram()
    const object = load('count')
    const link = object.program('count').attach({ kind: 'uprobe', path, function: 'fixture_add' })
    await program.does('add')
    await program.does('double')
    await program.does('add')
    expect(count(object, 'hits')).toBe(2)
    link.close()
    await program.does('add')
    expect(count(object, 'hits')).toBe(2)
  })

  uprobeTest("is attached by its section's name", async () => {
    await using program = new ProbedProgram()
    const insns = [loadImm64(1, 0n), movImm(2, 1), atomic(BPF_DW, 1, 0, BPF_ADD, 2), movImm(0, 0), exit()]
    const sections = [`uprobe/${path}:fixture_add`, `uretprobe/${path}:fixture_double`]
    const bytes = writeObject({
      programs: sections.map((section, index) => ({
        name: `program${index}`,
        section,
        insns,
        relocations: [{ insn: 0, symbol: 'hits' }],
      })),
      data: { '.bss': [{ name: 'hits', type: 'u64' }] },
    })
    using object = loadObject(parseObject(bytes, 'sections.bpf.o'))
    expect(object.attach().map(({ target }) => target)).toEqual([
      `uprobe fixture_add of ${path}`,
      `uretprobe fixture_double of ${path}`,
    ])
    await program.does('add')
    await program.does('double')
    expect(count(object, 'hits')).toBe(2)
  })

  uprobeTest('sees functions that only .symtab has, and position-independent programs', async () => {
    await using program = new ProbedProgram('probes-pie')
    const object = load('count')
    object.program('count').attach({ kind: 'uprobe', path: program.path, function: 'fixture_hidden' })
    await program.does('hidden')
    expect(count(object, 'hits')).toBe(1)
  })

  uprobeTest('sees returns', async () => {
    await using program = new ProbedProgram()
    const object = load('count', 'count_returns')
    const place = { path, function: 'fixture_double' }
    object.program('count').attach({ kind: 'uprobe', ...place })
    object.program('count_returns').attach({ kind: 'uretprobe', ...place })
    await program.does('double')
    expect([count(object, 'hits'), count(object, 'returns')]).toEqual([1, 1])
  })

  uprobeTest('watches one process alone where it is told which', async () => {
    await using watched = new ProbedProgram()
    await using other = new ProbedProgram()
    const object = load('count')
    object.program('count').attach({ kind: 'uprobe', path, function: 'fixture_add', pid: watched.pid })
    await other.does('add')
    expect(count(object, 'hits')).toBe(0)
    await watched.does('add')
    expect(count(object, 'hits')).toBe(1)
  })

  uprobeTest('goes to an offset of the file where no function is named', async () => {
    await using program = new ProbedProgram()
    const { image } = openExecutable(path)
    const offset = codeOffset(image, findFunction(image, 'fixture_add').address, 'it')
    const object = load('count')
    object.program('count').attach({ kind: 'uprobe', path, offset })
    await program.does('add')
    expect(count(object, 'hits')).toBe(1)
  })

  sleepableTest('may sleep', async () => {
    await using program = new ProbedProgram()
    const object = load('count_sleepable')
    object.program('count_sleepable').attach({ kind: 'uprobe', path, function: 'fixture_add' })
    await program.does('add')
    expect(count(object, 'sleepable_hits')).toBe(1)
  })

  uprobeTest('keeps a reference counter above 0 as long as it is there', async () => {
    await using program = new ProbedProgram()
    const { image } = openExecutable(path)
    const semaphore = image.sections.find(({ name }) => name === '.probes')
    const referenceCounter = semaphore?.offset ?? expect.fail('no semaphore')
    const object = load('count')
    expect(await program.does('guarded')).toBe(0)
    const target = { kind: 'uprobe', path, function: 'fixture_add', referenceCounter } as const
    const link = object.program('count').attach(target)
    expect(await program.does('guarded')).toBe(1)
    link.close()
    expect(await program.does('guarded')).toBe(0)
  })

  cookieTest('hands its cookie to the program', async () => {
    await using program = new ProbedProgram()
    const object = load('add_cookies')
    const attached = object.program('add_cookies')
    attached.attach({ kind: 'uprobe', path, function: 'fixture_add', cookie: 40n })
    attached.attach({ kind: 'uprobe', path, function: 'fixture_double', cookie: 2n })
    await program.does('add')
    await program.does('double')
    expect(object.globals['cookies']).toBe(42n)
  })

  uprobeTest('is a BPF link where the kernel has such links', () => {
    const object = load('count')
    const link = object.program('count').attach({ kind: 'uprobe', path, function: 'fixture_add' })
    if (hasPerfLink(openKernel()).kind === 'there') {
      expect(link.info().typeName).toBe('BPF_LINK_TYPE_PERF_EVENT')
    } else {
      bpfErrorOf('ATTACH_NO_LINK', () => link.info())
    }
  })

  uprobeTest('sees the library that a name stands for, here in this process', () => {
    const maps = readFileSync('/proc/self/maps', 'utf8')
    const [, folder] = /^\S+ r-xp .* (\/\S*)\/libc\.so\.6$/m.exec(maps) ?? []
    // musl has no library of that name.
    if (folder === undefined) return
    const before = process.env['LD_LIBRARY_PATH']
    process.env['LD_LIBRARY_PATH'] = folder
    onTestFinished(() => {
      if (before === undefined) delete process.env['LD_LIBRARY_PATH']
      else process.env['LD_LIBRARY_PATH'] = before
    })
    const object = load('count')
    // All system calls of ours go through this function.
    const target = { kind: 'uprobe', path: 'libc.so.6', function: 'syscall', pid: process.pid } as const
    object.program('count').attach(target).close()
    expect(count(object, 'hits')).toBeGreaterThan(0)
  })

  uprobeTest('sees a library in an archive', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const archive = join(folder, 'app.apk')
    const name = 'lib/libprobes.so'
    // Libraries are at the start of a page, so that they can be mapped; an extra field behind the name fills up.
    const extra = 4096 - 30 - name.length
    const library = { name, data: readFileSync(fixtureFor('libprobes')), extra }
    writeFileSync(archive, writeZip([library]))
    const object = load('count')
    const target = { kind: 'uprobe', path: `${archive}!/lib/libprobes.so`, function: 'fixture_add' } as const
    expect(object.program('count').attach(target).target).toBe(
      `uprobe fixture_add of ${archive}!/lib/libprobes.so`,
    )
  })
})

describe('a uprobe that cannot be', () => {
  /** What attaching to the place fails with. */
  const failure = (place: object): { readonly message: string; readonly cause?: unknown } => {
    const object = load('count')
    return bpfErrorOf('ATTACH_FAILED', () =>
      object.program('count').attach({ kind: 'uprobe', path, ...place }),
    )
  }

  uprobeTest('says that there is no such file', () => {
    const error = failure({ path: '/nowhere/app', function: 'main' })
    expect(error).toMatchObject({ cause: { code: 'NO_SUCH_EXECUTABLE' } })
    expect(error.message).toBe(
      'cannot attach program count to uprobe main of /nowhere/app: there is no file /nowhere/app',
    )
  })

  uprobeTest('says that a file is no ELF file', () => {
    expect(failure({ path: fixturePath('probes.c'), function: 'main' })).toMatchObject({
      cause: { code: 'ELF_NOT_ELF' },
    })
  })

  uprobeTest('names close functions', () => {
    expect(failure({ function: 'fixture_ad' }).message).toMatch(/did you mean fixture_add\?$/)
  })

  uprobeTest('says that an offset is outside of the file', () => {
    expect(failure({ offset: 1 << 24 })).toMatchObject({ cause: { code: 'EXECUTABLE_NOT_CODE' } })
  })

  uprobeTest('says that a process has gone', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const error = failure({ function: 'fixture_add', pid })
    expect(error.message).toContain(`there is no process ${pid} any more`)
    expect(error).toMatchObject({ cause: { code: 'ESRCH' } })
  })
})

describe('uprobe.multi', () => {
  multiTest('runs its program at all functions that match, once for a function with two names', async () => {
    await using program = new ProbedProgram()
    const object = load('count_many')
    const link = object.program('count_many').attach({ kind: 'uprobe.multi', path, pattern: 'fixture_*' })
    expect(link.info().typeName).toBe('BPF_LINK_TYPE_UPROBE_MULTI')
    for (const command of ['add', 'double', 'hidden', 'plain'] as const) await program.does(command)
    expect(count(object, 'hits')).toBe(4)
    link.close()
    await program.does('add')
    expect(count(object, 'hits')).toBe(4)
  })

  multiTest('has a cookie for each place, and counters', async () => {
    await using program = new ProbedProgram()
    const { image } = openExecutable(path)
    const referenceCounter = image.sections.find(({ name }) => name === '.probes')?.offset ?? 0
    const object = load('count_many')
    object.program('count_many').attach({
      kind: 'uprobe.multi',
      path,
      pid: program.pid,
      places: [
        { function: 'fixture_add', cookie: 40n },
        { function: 'fixture_double', cookie: 2n, referenceCounter },
      ],
    })
    await program.does('add')
    await program.does('double')
    expect(object.globals['cookies']).toBe(42n)
    expect(await program.does('guarded')).toBe(1)
  })

  multiTest('sees returns', async () => {
    await using program = new ProbedProgram()
    const object = load('count_many_returns')
    const target = { kind: 'uretprobe.multi', path, pattern: 'fixture_[ad]*' } as const
    bpfErrorOf('ATTACH_FAILED', () => object.program('count_many_returns').attach(target))
    object.program('count_many_returns').attach({ ...target, pattern: 'fixture_d*' })
    await program.does('double')
    expect(count(object, 'returns')).toBe(1)
  })

  sessionTest('sees entries and returns of one call in a session', async () => {
    await using program = new ProbedProgram()
    const object = load('count_session')
    object.program('count_session').attach({ kind: 'uprobe.session', path, pattern: 'fixture_add' })
    await program.does('add')
    expect([count(object, 'entries'), count(object, 'exits')]).toEqual([1, 1])
  })
})

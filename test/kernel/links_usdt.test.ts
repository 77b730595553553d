import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bpf_attach_type, bpf_cmd, bpf_func_id } from '../../src/abi/generated/bpf.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { hasBpfCookie } from '../../src/kernel/probes/bpf_cookie.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureFor, ProbedProgram } from './probed_program.ts'
import { featureTest } from './require.ts'

/** What the running kernel has of three features, and may be kept from using. */
type Without = 'uprobe.multi' | 'cookies'

/**
 * The running kernel as an older one that lacks some features. It has an identity of its own, so that it is probed by
 * itself.
 */
function kernelWithout(...features: readonly Without[]): Kernel {
  const kernel = openKernel()
  const bpf: Kernel['bpf'] = (command, attr) => {
    if (command === bpf_cmd.BPF_PROG_LOAD) {
      const insns = attr.pointers.find(({ field }) => field === 'insns')?.target ?? expect.fail('no insns')
      const view = new DataView(insns.buffer, insns.byteOffset, insns.byteLength)
      const callsHelper = view.getUint8(0) === 0x85 ? view.getInt32(4, true) : undefined
      const type = attr.bytes.length < 72 ? 0 : new DataView(attr.bytes.buffer).getUint32(68, true)
      const isRefused =
        (features.includes('cookies') && callsHelper === bpf_func_id.BPF_FUNC_get_attach_cookie) ||
        (features.includes('uprobe.multi') && type === bpf_attach_type.BPF_TRACE_UPROBE_MULTI)
      if (isRefused) throw new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno: 22 })
    }
    return kernel.bpf(command, attr)
  }
  return new Proxy(kernel, {
    get: (target, name) => {
      if (name === 'bpf') return bpf
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

const spec = (): ReturnType<typeof parseObject> =>
  parseObject(readFileSync(join(import.meta.dirname, '../fixtures/kernel/usdt.bpf.o')), 'usdt.bpf.o')

function load(...features: readonly Without[]): LoadedObject {
  const object = loadObject(spec(), features.length === 0 ? {} : { kernel: kernelWithout(...features) })
  onTestFinished(() => {
    object.close()
  })
  return object
}

const path = fixtureFor('probes')
const CALL = { kind: 'usdt', path, provider: 'fixture', name: 'call' } as const
const GUARDED = { ...CALL, name: 'guarded' } as const

const usdtTest = featureTest({
  name: 'USDT probes',
  since: [4, 20],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: () => {
    using object = loadObject(spec())
    object.program('on_call').attach(CALL)
    return undefined
  },
})

/** What bpf_usdt_arg() gave at each of the first hits, of which fixture_call() makes two. */
function argumentsOf(object: LoadedObject, hits: number): readonly unknown[] {
  const all = [...(object.globals['arguments'] as Iterable<unknown>)]
  return Array.from({ length: hits }, (_, hit) => all.slice(hit * 3, hit * 3 + 3))
}

const first = (object: LoadedObject, name: string): unknown =>
  [...(object.globals[name] as Iterable<unknown>)][0]

/** What the program passes at the two places of the probe. */
const BOTH_CALLS = [
  [-2n, -5_000_000_000n, 7n],
  [1234567n, -5_000_000_000n, -3n],
]

describe('a USDT probe', () => {
  usdtTest('hands over the arguments of every place, wherever the compiler keeps them', async () => {
    await using program = new ProbedProgram()
    const object = load()
    const link = object.program('on_call').attach(CALL)
    await program.does('call')
    expect(object.globals['hits']).toBe(2n)
    expect(argumentsOf(object, 2)).toEqual(BOTH_CALLS)
    expect(first(object, 'counts')).toBe(3n)
    link.close()
    await program.does('call')
    expect(object.globals['hits']).toBe(2n)
  })

  usdtTest('hands over the cookie of the attachment', async () => {
    await using program = new ProbedProgram()
    const object = load()
    object.program('on_call').attach({ ...CALL, cookie: 77n })
    await program.does('call')
    expect(first(object, 'cookies')).toBe(77n)
  })

  usdtTest('is seen where it has no arguments', async () => {
    await using program = new ProbedProgram()
    const object = load()
    object.program('on_call').attach({ ...CALL, name: 'plain' })
    await program.does('plain')
    expect(object.globals['hits']).toBe(1n)
    expect(first(object, 'counts')).toBe(0n)
  })

  usdtTest('lets the program know that somebody listens, until the link is closed', async () => {
    await using program = new ProbedProgram()
    const object = load()
    expect(await program.does('guarded')).toBe(0)
    const link = object.program('on_guarded').attach(GUARDED)
    expect(await program.does('guarded')).toBe(1)
    expect(argumentsOf(object, 1)).toEqual([[42n, 0n, 0n]])
    link.close()
    expect(await program.does('guarded')).toBe(0)
    expect(object.globals['hits']).toBe(1n)
  })

  usdtTest('is seen in one process alone where it is told which', async () => {
    await using watched = new ProbedProgram()
    await using other = new ProbedProgram()
    const object = load()
    object.program('on_call').attach({ ...CALL, pid: watched.pid })
    await other.does('call')
    expect(object.globals['hits']).toBe(0n)
    await watched.does('call')
    expect(object.globals['hits']).toBe(2n)
  })

  usdtTest('is seen in position-independent programs', async () => {
    await using program = new ProbedProgram('probes-pie')
    const object = load()
    // Without cookies, the addresses of a process are needed.
    const pid = hasBpfCookie(openKernel()).kind === 'there' ? undefined : program.pid
    object.program('on_call').attach({ ...CALL, path: program.path, pid })
    await program.does('call')
    expect(argumentsOf(object, 2)).toEqual(BOTH_CALLS)
  })

  usdtTest('has a program that can be attached to a function as well', async () => {
    await using program = new ProbedProgram()
    const object = load()
    object.program('on_call').attach({ kind: 'uprobe', path, function: 'fixture_add' })
    await program.does('add')
    expect(object.globals['hits']).toBe(1n)
  })

  usdtTest('says that the map is full, and has room again once links are closed', () => {
    const small = spec()
    const specs = small.maps.get('__bpf_usdt_specs') ?? expect.fail('no map')
    specs.maxEntries = 3
    using object = loadObject(small)
    object.program('on_call').attach(CALL)
    const error = bpfErrorOf('ATTACH_USDT_FULL', () => object.program('on_guarded').attach(CALL))
    expect(error.message).toContain('__bpf_usdt_specs has room for 3 different ways')
    object.program('on_guarded').attach(GUARDED).close()
    for (const link of object.links) link.close()
    object.program('on_guarded').attach(CALL)
  })
})

describe('a USDT probe on an older kernel', () => {
  usdtTest('is attached place by place where there is no link to many', async () => {
    await using program = new ProbedProgram()
    const object = load('uprobe.multi')
    const link = object.program('on_call').attach({ ...CALL, cookie: 77n })
    await program.does('call')
    expect(argumentsOf(object, 2)).toEqual(BOTH_CALLS)
    expect(first(object, 'cookies')).toBe(77n)
    bpfErrorOf('ATTACH_NO_LINK', () => link.info())
    link.close()
    await program.does('call')
    expect(object.globals['hits']).toBe(2n)
  })

  // The part of <bpf/usdt.bpf.h> that finds the address is built for x86-64.
  const addressTest = process.arch === 'x64' ? usdtTest : it.skip
  addressTest('is known by its address where there are no cookies', async () => {
    await using program = new ProbedProgram()
    const object = load('uprobe.multi', 'cookies')
    const link = object.program('on_call').attach({ ...CALL, cookie: 77n })
    await program.does('call')
    expect(argumentsOf(object, 2)).toEqual(BOTH_CALLS)
    expect(first(object, 'cookies')).toBe(77n)
    // Another attachment would have to be known by the same address.
    bpfErrorOf('ATTACH_FAILED', () => object.program('on_guarded').attach(CALL))
    link.close()
    object.program('on_guarded').attach(CALL)
  })

  addressTest('needs a process where code may be mapped anywhere', async () => {
    await using program = new ProbedProgram('probes-pie')
    const object = load('uprobe.multi', 'cookies')
    const target = { ...CALL, path: program.path }
    expect(bpfErrorOf('ATTACH_FAILED', () => object.program('on_call').attach(target)).message).toMatch(
      /gives programs no cookies \(Linux 5\.15\), .* name one as pid$/,
    )
    object.program('on_call').attach({ ...target, pid: program.pid })
    await program.does('call')
    expect(argumentsOf(object, 2)).toEqual(BOTH_CALLS)
  })

  addressTest('says that the process does not have the file mapped', () => {
    const object = load('uprobe.multi', 'cookies')
    const target = { ...CALL, path: fixtureFor('probes-pie'), pid: process.pid }
    expect(bpfErrorOf('ATTACH_FAILED', () => object.program('on_call').attach(target)).message).toMatch(
      /does not have \S+ mapped$/,
    )
  })
})

describe('a USDT probe that cannot be', () => {
  usdtTest('says that the file has no such probe', () => {
    const object = load()
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      object.program('on_call').attach({ ...CALL, name: 'cal' }),
    )
    expect(error).toMatchObject({ cause: { code: 'EXECUTABLE_NO_USDT' } })
    expect(error.message).toMatch(/did you mean fixture:call\?$/)
  })

  usdtTest('says that there is no such provider', () => {
    const object = load()
    const target = { ...CALL, provider: 'python' }
    expect(bpfErrorOf('ATTACH_FAILED', () => object.program('on_call').attach(target)).message).toMatch(
      /there is no USDT probe python:call; it has fixture:call, fixture:guarded and fixture:plain$/,
    )
  })

  usdtTest('says that a process has gone', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const object = load()
    expect(
      bpfErrorOf('ATTACH_FAILED', () => object.program('on_call').attach({ ...CALL, pid })).message,
    ).toContain(`there is no process ${pid} any more`)
  })
})

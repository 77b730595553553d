import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachUsdt } from '../../src/links/attach_usdt.ts'
import type { AttachContext } from '../../src/links/attaching.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import { UsdtSpecs } from '../../src/links/usdt_specs.ts'
import type { UsdtTarget } from '../../src/object/user_probe_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixturePath } from '../executable/fixture.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import type { BpfKernel } from '../loader/bpf_kernel.ts'
import { fail, refuse, u32 } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'
import { usdtMaps } from './usdt_maps.ts'
import { uprobeKernel } from './user_probe_kernel.ts'

const CALL: UsdtTarget = {
  kind: 'usdt',
  path: fixturePath('probes.x64'),
  provider: 'fixture',
  name: 'call',
}
const EBADF = 9
const EINVAL = 22
const PID = 56

interface FakeOptions {
  readonly links?: 'to many places' | 'to one place'
  readonly capacity?: number
  readonly maps?: Readonly<Record<string, string>>
}

/** A fake kernel, and a program with the maps of its object. */
function setUp({ links = 'to many places', capacity = 256, maps = {} }: FakeOptions = {}): {
  fake: BpfKernel
  context: (kernel?: Kernel) => AttachContext
  steps: LinkStep[]
} {
  const fake = uprobeKernel(maps)
  fake.answers.BPF_LINK_CREATE = (attr) => {
    const path = attr.pointers.find(({ field }) => field === 'uprobe_multi.path')?.target
    if (path === undefined) return undefined
    if (links === 'to one place') fail('bpf', 'BPF_LINK_CREATE', EINVAL)
    // The probe asks for `/`.
    return path.length === 2
      ? fail('bpf', 'BPF_LINK_CREATE', u32(attr, PID) === 0 ? EBADF : EINVAL)
      : undefined
  }
  const program = programIn(fake, 'usdt')
  const usdt = usdtMaps(fake, 'libbpf 1.6', capacity)
  const steps: LinkStep[] = []
  const context = (kernel: Kernel = fake): AttachContext => {
    const specs = new UsdtSpecs(kernel, usdt)
    return { kernel, program, observer: (step) => steps.push(step), usdt: () => specs }
  }
  return { fake, context, steps }
}

const OURS = ['program', 'specs', 'addresses']

describe('attachUsdt', () => {
  it('writes where the arguments are, then links the program to all places at once', () => {
    const { fake, context, steps } = setUp()
    const recording = recordingKernel(fake)
    const link = attachUsdt(context(recording.kernel), { ...CALL, pid: 42 })
    const names = recording.names()
    expect(names.filter((name) => name === 'BPF_MAP_UPDATE_ELEM')).toHaveLength(2)
    expect(names.at(-1)).toBe('BPF_LINK_CREATE')
    expect(recording.calls.at(-1)?.arguments).toMatchObject({
      'uprobe_multi.cnt': 2,
      'uprobe_multi.pid': 42,
      'uprobe_multi.cookies': { kind: 'buffer', length: 16 },
    })
    expect(steps).toMatchObject([
      { how: 'bpf-link', target: `USDT probe fixture:call of ${CALL.path} in process 42` },
    ])
    link.close()
    expect([...fake.descriptors.values()]).toEqual(OURS)
  })

  it('links it to one place after the other where the kernel has no such links', () => {
    const { fake, context, steps } = setUp({ links: 'to one place' })
    const recording = recordingKernel(fake)
    const link = attachUsdt(context(recording.kernel), { ...CALL, name: 'guarded' })
    const event = recording.calls.find(({ syscall }) => syscall === 'perf_event_open')
    // The semaphore's offset is in the upper half.
    expect(Number(event?.arguments['config']) / 2 ** 32).toBeGreaterThan(0)
    expect(steps).toMatchObject([{ how: 'bpf-link' }])
    link.close()
    attachUsdt(context(), CALL).close()
    expect(steps[1]).toMatchObject({ how: 'bpf-links' })
    expect([...fake.descriptors.values()]).toEqual(OURS)
  })

  it('says that an object was built without the header', () => {
    const { fake } = setUp()
    const context = { kernel: fake, program: programIn(fake, 'usdt'), observer: undefined }
    for (const usdt of [undefined, (): undefined => undefined]) {
      const error = bpfErrorOf('ATTACH_NO_USDT_MAPS', () => attachUsdt({ ...context, usdt }, CALL))
      expect(error.message).toContain('<bpf/usdt.bpf.h>')
    }
  })

  it('says that the map is full, and takes nothing then', () => {
    const { fake, context } = setUp({ capacity: 1 })
    const only = context()
    expect(bpfErrorOf('ATTACH_USDT_FULL', () => attachUsdt(only, CALL))).toMatchObject({
      program: 'main',
      map: '__bpf_usdt_specs',
    })
    attachUsdt(only, { ...CALL, name: 'plain' }).close()
    expect([...fake.descriptors.values()]).toEqual(OURS)
  })

  it('says that arguments cannot be followed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const path = join(folder, 'app')
    const text = readFileSync(fixturePath('probes.x64'), 'latin1').replace('-4@%edi', '-4@%xmm')
    writeFileSync(path, text, 'latin1')
    const { fake, context } = setUp()
    const error = bpfErrorOf('ATTACH_FAILED', () => attachUsdt(context(), { ...CALL, path }))
    expect(error).toMatchObject({ cause: { code: 'EXECUTABLE_BAD_USDT' } })
    expect(error.message).toMatch(
      /USDT probe fixture:call cannot be followed by a BPF program: argument 1 of "-4@%xmm .*no register xmm$/,
    )
    expect([...fake.descriptors.values()]).toEqual(OURS)
  })

  it('follows the arguments of whatever machine the program is for', () => {
    const { context } = setUp()
    attachUsdt(context(), { ...CALL, path: fixturePath('probes.arm64') }).close()
  })

  it.each(['BPF_MAP_UPDATE_ELEM', 'BPF_LINK_CREATE'] as const)('leaves nothing where %s fails', (command) => {
    const { fake, context } = setUp()
    const kernel = failingKernel(fake, { command, nth: command === 'BPF_LINK_CREATE' ? 3 : 2, errno: 12 })
    const failing = context(kernel)
    expect(bpfErrorOf('ATTACH_FAILED', () => attachUsdt(failing, CALL))).toMatchObject({
      cause: { code: 'ENOMEM' },
    })
    expect([...fake.descriptors.values()]).toEqual(OURS)
  })
})

describe('attachUsdt without cookies', () => {
  const withoutCookies = (options: FakeOptions = {}): ReturnType<typeof setUp> => {
    const made = setUp({ links: 'to one place', ...options })
    made.fake.answers.BPF_PROG_LOAD = (attr) =>
      attr.pointers.some(({ field, target }) => field === 'insns' && target[0] === 0x85)
        ? refuse('BPF_PROG_LOAD', EINVAL)()
        : undefined
    return made
  }

  it('lets the program know each place by its address', () => {
    const { fake, context } = withoutCookies()
    const recording = recordingKernel(fake)
    fake.answers.BPF_MAP_DELETE_ELEM = () => 0
    const link = attachUsdt(context(recording.kernel), CALL)
    expect(recording.names().filter((name) => name === 'BPF_MAP_UPDATE_ELEM')).toHaveLength(4)
    link.close()
    expect(recording.names().filter((name) => name === 'BPF_MAP_DELETE_ELEM')).toHaveLength(2)
  })

  it('looks up where a process has a library', () => {
    const path = fixturePath('libprobes.x64.so')
    const maps = { '/proc/42/maps': `7f0000000000-7f0000001000 r-xp 00000000 08:04 21 ${path}\n` }
    const { fake, context } = withoutCookies({ maps })
    const keys: bigint[] = []
    fake.answers.BPF_MAP_DELETE_ELEM = (attr) => {
      const key = attr.pointers.find(({ field }) => field === 'key')!.target.slice()
      keys.push(new DataView(key.buffer).getBigUint64(0, true))
      return 0
    }
    attachUsdt(context(), { ...CALL, path, pid: 42 }).close()
    expect(keys).toHaveLength(2)
    for (const key of keys) expect(key >> 12n).toBe(0x7f0000000n)
  })

  it.each([
    ['no process is named', undefined, /name one as pid$/],
    ['the process has it not', 42, /process 42 does not have \S+ mapped$/],
  ])('refuses a library where %s', (_, pid, message) => {
    const { fake, context } = withoutCookies({ maps: { '/proc/42/maps': '\n' } })
    const target = { ...CALL, path: fixturePath('libprobes.x64.so'), pid }
    expect(bpfErrorOf('ATTACH_FAILED', () => attachUsdt(context(), target)).message).toMatch(message)
    expect([...fake.descriptors.values()]).toEqual(OURS)
  })
})

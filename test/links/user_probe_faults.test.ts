import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachProgram } from '../../src/links/attach_program.ts'
import { UsdtSpecs } from '../../src/links/usdt_specs.ts'
import type { UserProbeTarget } from '../../src/object/user_probe_target.ts'
import { fixturePath } from '../executable/fixture.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { type BpfKernel, fail, u32 } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'
import { usdtMaps } from './usdt_maps.ts'
import { uprobeKernel } from './user_probe_kernel.ts'

const path = fixturePath('probes.x64')
const ERRNOS = { EPERM: 1, EINTR: 4, EAGAIN: 11, ENOMEM: 12, EINVAL: 22 }
const PID = 56

interface Case {
  readonly name: string
  readonly section: string
  readonly target: UserProbeTarget
  /** Whether the kernel has links to many places. */
  readonly links: 'to many places' | 'to one place'
}

const place = { path, function: 'fixture_add' }
const places = [{ function: 'fixture_add', cookie: 1n }, { function: 'fixture_double' }]
const usdt = { kind: 'usdt', path, provider: 'fixture', name: 'call' } as const

const cases: readonly Case[] = [
  { name: 'a uprobe', section: 'uprobe', target: { kind: 'uprobe', ...place }, links: 'to many places' },
  {
    name: 'a return with a counter',
    section: 'uprobe',
    target: { kind: 'uretprobe', ...place, referenceCounter: 16 },
    links: 'to one place',
  },
  {
    name: 'many places at once',
    section: 'uprobe.multi',
    target: { kind: 'uprobe.multi', path, places },
    links: 'to many places',
  },
  {
    name: 'many places one by one',
    section: 'uprobe.multi',
    target: { kind: 'uprobe.multi', path, places },
    links: 'to one place',
  },
  { name: 'USDT at once', section: 'usdt', target: usdt, links: 'to many places' },
  { name: 'USDT one by one', section: 'usdt', target: usdt, links: 'to one place' },
]

function kernelFor({ links }: Case): BpfKernel {
  const fake = uprobeKernel()
  fake.answers.BPF_LINK_CREATE = (attr) => {
    const file = attr.pointers.find(({ field }) => field === 'uprobe_multi.path')?.target
    if (file === undefined) return undefined
    if (links === 'to one place') fail('bpf', 'BPF_LINK_CREATE', 22)
    // The probe asks for `/`.
    return file.length === 2 ? fail('bpf', 'BPF_LINK_CREATE', u32(attr, PID) === 0 ? 9 : 22) : undefined
  }
  fake.answers.BPF_MAP_DELETE_ELEM = () => 0
  return fake
}

/** Attaches and closes again. What is left open then is the program and its maps, however it ends. */
function run(each: Case, wrap: (kernel: Kernel) => Kernel): 'attached' | BpfError {
  const fake = kernelFor(each)
  const program = programIn(fake, each.section)
  const specs = new UsdtSpecs(fake, usdtMaps(fake, 'libbpf 1.6'))
  const ours = fake.descriptors.size
  try {
    const context = { kernel: wrap(fake), program, observer: undefined, usdt: () => specs }
    attachProgram(context, each.target).close()
    return 'attached'
  } catch (error) {
    expect(error).toBeInstanceOf(BpfError)
    return error as BpfError
  } finally {
    expect(fake.descriptors.size).toBe(ours)
  }
}

/** How many calls it takes where none fails, but those that close. */
function countCalls(each: Case): number {
  let recording: ReturnType<typeof recordingKernel> | undefined
  const outcome = run(each, (kernel) => {
    recording = recordingKernel(kernel)
    return recording.kernel
  })
  expect(outcome).toBe('attached')
  return recording?.calls.filter(({ syscall }) => syscall !== 'close').length ?? 0
}

describe.each(cases)('attaching to $name', (each) => {
  it('leaves nothing open, whichever call fails however', () => {
    const calls = countCalls(each)
    expect(calls).toBeGreaterThan(3)
    const outcomes = Object.entries(ERRNOS).flatMap(([name, errno]) =>
      Array.from({ length: calls }, (_, index) => {
        const outcome = run(each, (kernel) => failingKernel(kernel, { nth: index + 1, errno }))
        return { name, outcome }
      }),
    )
    const refused = outcomes.filter(({ outcome }) => outcome !== 'attached')
    // A probe may end well with another answer, and the load of its program is tried again after EAGAIN.
    expect(refused.length).toBeGreaterThan(0)
    for (const { outcome } of refused) expect(outcome).toMatchObject({ code: 'ATTACH_FAILED' })
  })
})

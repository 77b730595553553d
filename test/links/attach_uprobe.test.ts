import { describe, expect, it } from 'vitest'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachUprobe } from '../../src/links/attach_uprobe.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import type { UprobeTarget, UretprobeTarget } from '../../src/object/user_probe_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixturePath } from '../executable/fixture.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'
import { uprobeKernel } from './user_probe_kernel.ts'

const ADD: UprobeTarget = { kind: 'uprobe', path: fixturePath('probes.x64'), function: 'fixture_add' }

interface Watched {
  readonly calls: ReturnType<typeof recordingKernel>['calls']
  readonly steps: readonly LinkStep[]
}

/** Attaches, closes, and expects nothing to be left open but the program. */
function attach(
  target: UprobeTarget | UretprobeTarget = ADD,
  { fake = uprobeKernel(), wrap = (kernel: Kernel): Kernel => kernel } = {},
): Watched {
  const program = programIn(fake, 'uprobe')
  const recording = recordingKernel(wrap(fake))
  const steps: LinkStep[] = []
  try {
    attachUprobe({ kernel: recording.kernel, program, observer: (step) => steps.push(step) }, target).close()
  } finally {
    expect([...fake.descriptors.values()]).toEqual(['program'])
  }
  return { calls: recording.calls, steps }
}

describe('attachUprobe', () => {
  it('makes an event of the place and links the program to it', () => {
    const { calls, steps } = attach({ ...ADD, cookie: 5n, pid: 42 })
    const { arguments: event } = calls.find(({ syscall }) => syscall === 'perf_event_open')!
    expect(event).toMatchObject({ type: 8, pid: 42, cpu: -1 })
    const { arguments: link } = calls.find(({ command }) => command === 'BPF_LINK_CREATE')!
    expect(link).toMatchObject({ 'perf_event.bpf_cookie': 5n })
    expect(steps).toEqual([
      {
        kind: 'link-made',
        program: 'main',
        target: `uprobe fixture_add of ${ADD.path} in process 42`,
        how: 'bpf-link',
      },
    ])
  })

  it('asks for returns', () => {
    const { calls } = attach({ ...ADD, kind: 'uretprobe' })
    const { arguments: event } = calls.find(({ syscall }) => syscall === 'perf_event_open')!
    expect(event).toMatchObject({ config: 1n })
  })

  it('asks the kernel nothing about what is not in the file', () => {
    const untouched = (): Kernel =>
      new Proxy(uprobeKernel(), {
        get: (target, name): unknown =>
          name === 'perfEventOpen' || name === 'open' ? expect.fail('a call') : Reflect.get(target, name),
      })
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attach({ ...ADD, function: 'fixture_ad' }, { wrap: untouched }),
    )
    expect(error).toMatchObject({ program: 'main', cause: { code: 'EXECUTABLE_NO_FUNCTION' } })
  })

  it('says that the kernel has no uprobes', () => {
    expect(bpfErrorOf('ATTACH_FAILED', () => attach(ADD, { fake: new BpfKernel({}) }))).toMatchObject({
      cause: { code: 'NO_PROBE_EVENTS' },
    })
  })

  it('says that a right is missing', () => {
    const wrap = (kernel: Kernel): Kernel => failingKernel(kernel, { method: 'perfEventOpen', errno: 1 })
    expect(bpfErrorOf('ATTACH_FAILED', () => attach(ADD, { wrap })).cause).toBeInstanceOf(PermissionError)
  })

  it.each([
    [3, 'there is no process 42 any more'],
    [22, 'a probe has to be on the first byte of an instruction'],
    [524, 'the kernel does not put probes on that instruction'],
    [5, 'the kernel cannot read the code'],
  ])('says what errno %i means', (errno, hint) => {
    const wrap = (kernel: Kernel): Kernel => failingKernel(kernel, { method: 'perfEventOpen', errno })
    const error = bpfErrorOf('ATTACH_FAILED', () => attach({ ...ADD, pid: 42 }, { wrap }))
    expect(error.message).toContain(`; ${hint}`)
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31])('knows no process %d', (pid) => {
    expect(bpfErrorOf('ATTACH_FAILED', () => attach({ ...ADD, pid }))).toMatchObject({
      cause: { code: 'NO_SUCH_PROCESS' },
    })
  })

  it.each([
    ['a counter', { referenceCounter: -2 }],
    ['a counter', { referenceCounter: 2 ** 32 }],
    ['a counter', { referenceCounter: 0.5 }],
    ['a cookie', { cookie: -1n }],
  ])('refuses %s that is no such number', (_, wrong) => {
    expect(bpfErrorOf('ATTACH_FAILED', () => attach({ ...ADD, ...wrong }))).toMatchObject({
      cause: { code: 'ABI_VALUE_OUT_OF_RANGE' },
    })
  })

  it('leaves no event where the link is refused', () => {
    const fake = uprobeKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 16)
    expect(bpfErrorOf('ATTACH_FAILED', () => attach(ADD, { fake }))).toMatchObject({
      cause: { code: 'EBUSY' },
    })
  })

  it('refuses a program that was closed', () => {
    const fake = uprobeKernel()
    const program = programIn(fake, 'uprobe')
    program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => attachUprobe({ kernel: fake, program, observer: undefined }, ADD))
  })
})

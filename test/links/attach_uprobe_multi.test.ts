import { describe, expect, it } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { codeOffset } from '../../src/executable/code_offset.ts'
import { findFunction } from '../../src/executable/find_function.ts'
import { matchFunctions } from '../../src/executable/match_functions.ts'
import { attachUprobeMulti } from '../../src/links/attach_uprobe_multi.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureImage, fixturePath } from '../executable/fixture.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import type { BpfKernel } from '../loader/bpf_kernel.ts'
import { bufferOf, fail, u32 } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'
import { uprobeKernel } from './user_probe_kernel.ts'

const path = fixturePath('probes.x64')
const image = fixtureImage('probes.x64')

const offsetOf = (name: string): bigint => BigInt(codeOffset(image, findFunction(image, name).address, name))

/** Where fields are in `union bpf_attr`. */
const [ATTACH_TYPE, COUNT, FLAGS, PID] = [8, 48, 52, 56]

const wordsIn = (attr: EncodedAttr, field: string): readonly bigint[] => [
  ...new BigUint64Array(bufferOf(attr, `uprobe_multi.${field}`).slice().buffer),
]

/** A kernel that has links to many places, as the probe for them asks, and keeps the attrs of those that are made. */
function multiKernel(): { fake: BpfKernel; made: EncodedAttr[] } {
  const fake = uprobeKernel()
  const made: EncodedAttr[] = []
  fake.answers.BPF_LINK_CREATE = (attr) => {
    const slot = attr.pointers.find(({ field }) => field === 'uprobe_multi.path')
    if (slot === undefined) return undefined
    if (slot.target.length === 2) fail('bpf', 'BPF_LINK_CREATE', u32(attr, PID) === 0 ? 9 : 22)
    made.push(attr)
    return undefined
  }
  return { fake, made }
}

function attach(fake: BpfKernel, target: Parameters<typeof attachUprobeMulti>[1]): readonly LinkStep[] {
  const program = programIn(fake, 'uprobe.multi')
  const steps: LinkStep[] = []
  try {
    attachUprobeMulti({ kernel: fake, program, observer: (step) => steps.push(step) }, target).close()
  } finally {
    expect([...fake.descriptors.values()]).toEqual(['program'])
  }
  return steps
}

describe('attachUprobeMulti', () => {
  it('makes one link to all functions that match', () => {
    const { fake, made } = multiKernel()
    const steps = attach(fake, { kind: 'uprobe.multi', path, pattern: 'fixture_*' })
    const [attr] = made
    const offsets = matchFunctions(image, 'fixture_*').map(({ address }) =>
      BigInt(codeOffset(image, address, 'it')),
    )
    expect(wordsIn(attr!, 'offsets')).toEqual(offsets)
    expect(u32(attr!, COUNT)).toBe(offsets.length)
    expect(u32(attr!, ATTACH_TYPE)).toBe(bpf_attach_type.BPF_TRACE_UPROBE_MULTI)
    expect(new TextDecoder().decode(bufferOf(attr!, 'uprobe_multi.path'))).toBe(`${path}\0`)
    expect(attr!.pointers.map(({ field }) => field)).not.toContain('uprobe_multi.cookies')
    expect(steps).toMatchObject([{ how: 'bpf-link', target: `uprobe.multi fixture_* of ${path}` }])
  })

  it('takes places with cookies and counters, of one process', () => {
    const { fake, made } = multiKernel()
    attach(fake, {
      kind: 'uretprobe.multi',
      path,
      pid: 42,
      places: [
        { function: 'fixture_add', cookie: 1n },
        { function: 'fixture_double', offset: 4 },
        { offset: 8, referenceCounter: 16 },
      ],
    })
    const [attr] = made
    expect(wordsIn(attr!, 'offsets')).toEqual([offsetOf('fixture_add'), offsetOf('fixture_double') + 4n, 8n])
    expect(wordsIn(attr!, 'cookies')).toEqual([1n, 0n, 0n])
    expect(wordsIn(attr!, 'ref_ctr_offsets')).toEqual([0n, 0n, 16n])
    expect([u32(attr!, FLAGS), u32(attr!, PID)]).toEqual([1, 42])
  })

  it('takes offsets of a file that is no ELF file', () => {
    const { fake, made } = multiKernel()
    const places = [{ offset: 1 }, { offset: 2 }]
    attach(fake, { kind: 'uprobe.multi', path: import.meta.filename, places })
    expect(wordsIn(made[0]!, 'offsets')).toEqual([1n, 2n])
  })

  it('makes a session', () => {
    const { fake, made } = multiKernel()
    attach(fake, { kind: 'uprobe.session', path, pattern: 'fixture_add' })
    expect(u32(made[0]!, ATTACH_TYPE)).toBe(bpf_attach_type.BPF_TRACE_UPROBE_SESSION)
    expect(u32(made[0]!, FLAGS)).toBe(0)
  })

  it('attaches to one place after the other where the kernel has no such links', () => {
    const fake = uprobeKernel()
    fake.answers.BPF_LINK_CREATE = (attr) =>
      attr.pointers.length > 0 ? fail('bpf', 'BPF_LINK_CREATE', 22) : undefined
    const recording = recordingKernel(fake)
    const program = programIn(fake, 'uprobe.multi')
    const steps: LinkStep[] = []
    const places = [{ function: 'fixture_add', cookie: 1n }, { function: 'fixture_double' }]
    const context = {
      kernel: recording.kernel,
      program,
      observer: (step: LinkStep): unknown => steps.push(step),
    } as const
    attachUprobeMulti(context, { kind: 'uretprobe.multi', path, places }).close()
    const opened = recording.calls.filter(({ syscall }) => syscall === 'perf_event_open')
    expect(opened.map(({ arguments: event }) => event['config2'])).toEqual([
      offsetOf('fixture_add'),
      offsetOf('fixture_double'),
    ])
    expect(opened.map(({ arguments: event }) => event['config'])).toEqual([1n, 1n])
    expect(steps).toMatchObject([{ how: 'bpf-links' }])
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })

  it('lets nothing stand in for a session', () => {
    const fake = uprobeKernel()
    fake.answers.BPF_LINK_CREATE = () => fail('bpf', 'BPF_LINK_CREATE', 22)
    expect(
      bpfErrorOf('ATTACH_FAILED', () =>
        attach(fake, { kind: 'uprobe.session', path, pattern: 'fixture_add' }),
      ),
    ).toMatchObject({ cause: { code: 'EINVAL' } })
  })

  it('refuses no places', () => {
    const { fake } = multiKernel()
    bpfErrorOf('ATTACH_NO_TARGET', () => attach(fake, { kind: 'uprobe.multi', path, places: [] }))
  })

  it('says that nothing matches', () => {
    const { fake } = multiKernel()
    expect(
      bpfErrorOf('ATTACH_FAILED', () => attach(fake, { kind: 'uprobe.multi', path, pattern: 'x*' })),
    ).toMatchObject({ cause: { code: 'EXECUTABLE_NO_FUNCTION' } })
  })
})

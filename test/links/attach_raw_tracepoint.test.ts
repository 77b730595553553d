import { describe, expect, it } from 'vitest'
import { attachRawTracepoint } from '../../src/links/attach_raw_tracepoint.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const EVENTS = { '/sys/kernel/tracing/available_events': 'sched:sched_switch\nsched:sched_process_exec\n' }

function fakeKernel(errno?: number): BpfKernel {
  const fake = new BpfKernel(EVENTS)
  fake.answers.BPF_RAW_TRACEPOINT_OPEN =
    errno === undefined ? () => fake.allocate('link') : refuse('BPF_RAW_TRACEPOINT_OPEN', errno)
  return fake
}

const contextOf = (fake: BpfKernel): Parameters<typeof attachRawTracepoint>[0] => ({
  kernel: fake,
  program: programIn(fake, 'raw_tp/sched_switch'),
  observer: undefined,
})

describe('attachRawTracepoint', () => {
  it('opens the tracepoint by its name, with a cookie where one is given', () => {
    const fake = fakeKernel()
    const { kernel, calls } = recordingKernel(fake)
    using link = attachRawTracepoint(
      { ...contextOf(fake), kernel },
      { kind: 'raw_tracepoint', name: 'sched_switch', cookie: 5n },
    )
    expect(link.target).toBe('raw tracepoint sched_switch')
    expect(calls.map(({ arguments: given }) => given)).toMatchObject([
      { name: { kind: 'buffer', length: 13 }, cookie: 5n },
    ])
  })

  it.each([
    [2, 'this kernel has no tracepoint sched_swich; did you mean sched_switch?'],
    [7, 'cookies of raw tracepoints came with Linux 6.10'],
  ])('says what errno %i means', (errno, hint) => {
    const fake = fakeKernel(errno)
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attachRawTracepoint(contextOf(fake), { kind: 'raw_tracepoint', name: 'sched_swich' }),
    )
    expect(error.message).toContain(hint)
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })
})

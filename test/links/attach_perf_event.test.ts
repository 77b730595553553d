import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachPerfEvent } from '../../src/links/attach_perf_event.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import type { PerfEventTarget } from '../../src/object/perf_event_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel, type RecordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const CLOCK = { kind: 'perf_event', event: { type: 'software', name: 'cpu_clock' }, cpu: 0 } as const
const TARGET: PerfEventTarget = { ...CLOCK, rate: { frequency: 99 } }

function attach(
  target: PerfEventTarget,
  fake = new BpfKernel(),
  wrap: (kernel: Kernel) => Kernel = (kernel) => kernel,
): { recording: RecordingKernel; steps: readonly LinkStep[] } {
  const program = programIn(fake, 'perf_event', 'sample')
  const recording = recordingKernel(wrap(fake))
  const steps: LinkStep[] = []
  attachPerfEvent({ kernel: recording.kernel, program, observer: (step) => steps.push(step) }, target).close()
  expect(recording.openDescriptors().size).toBe(0)
  return { recording, steps }
}

const opened = ({ calls }: RecordingKernel): readonly unknown[] =>
  calls.filter(({ syscall }) => syscall === 'perf_event_open').map((call) => call.arguments)

describe('attachPerfEvent', () => {
  it('opens a disabled event, links the program and enables it', () => {
    const { recording, steps } = attach(TARGET)
    expect(recording.names().slice(0, 3)).toEqual(['perf_event_open', 'BPF_LINK_CREATE', 'ioctl'])
    expect(opened(recording)).toMatchObject([{ type: 1, sample_period: 99n, pid: -1, cpu: 0 }])
    expect(steps).toMatchObject([{ target: 'perf event software cpu_clock 99 Hz on cpu 0', how: 'bpf-link' }])
  })

  it('asks for every so many events of a process and its threads on whichever cpu', () => {
    const event = { type: 'hardware', name: 'instructions' } as const
    const { recording, steps } = attach({ kind: 'perf_event', event, rate: { period: 1000 }, pid: 7 })
    expect(opened(recording)).toMatchObject([{ config: 1n, sample_period: 1000n, pid: 7, cpu: -1 }])
    expect(steps[0]?.target).toBe('perf event hardware instructions every 1000 of process 7')
  })

  it('takes the numbers of any other source', () => {
    const { recording } = attach({ ...TARGET, event: { type: 12, config: 34n } })
    expect(opened(recording)).toMatchObject([{ type: 12, config: 34n }])
  })

  it.each([0, -1, 0.5, Number.NaN, Infinity])(
    'refuses a frequency of %s before it opens anything',
    (frequency) => {
      const error = bpfErrorOf('ATTACH_NO_TARGET', () => attach({ ...CLOCK, rate: { frequency } }))
      expect(error.message).toContain(`a frequency of ${frequency}`)
    },
  )

  it.each(['perf_event_open', 'BPF_LINK_CREATE', 'ioctl'])('leaves nothing open where %s fails', (call) => {
    const fake = new BpfKernel()
    if (call === 'BPF_LINK_CREATE') fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 12)
    const wrap = (kernel: Kernel): Kernel => {
      if (call === 'ioctl') return failingKernel(kernel, { method: 'ioctl', errno: 12 })
      return call === 'perf_event_open'
        ? failingKernel(kernel, { method: 'perfEventOpen', errno: 12 })
        : kernel
    }
    const program = programIn(fake, 'perf_event', 'sample')
    const recording = recordingKernel(wrap(fake))
    const context = { kernel: recording.kernel, program, observer: undefined }
    expect(bpfErrorOf('ATTACH_FAILED', () => attachPerfEvent(context, TARGET)).message).toContain('ENOMEM')
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('says that virtual machines count little where the kernel has no such event', () => {
    const wrap = (kernel: Kernel): Kernel => failingKernel(kernel, { method: 'perfEventOpen', errno: 2 })
    const event = { type: 'hardware', name: 'cpu_cycles' } as const
    const error = bpfErrorOf('ATTACH_FAILED', () => attach({ ...TARGET, event }, new BpfKernel(), wrap))
    expect(error.message).toContain('as most virtual machines')
  })
})

import { describe, expect, it } from 'vitest'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachTracepoint } from '../../src/links/attach_tracepoint.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import type { BpfProgram } from '../../src/programs/bpf_program.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const EXEC = { kind: 'tracepoint', category: 'sched', name: 'sched_process_exec' } as const

const programOf = (kernel: BpfKernel): BpfProgram =>
  programIn(kernel, 'tp/sched/sched_process_exec', 'on_exec')

/** What the kernel was asked, and what the observer was told, while the program was attached. */
function attach(
  fake: BpfKernel,
  wrap: (kernel: Kernel) => Kernel = (kernel) => kernel,
): { names: readonly string[]; steps: readonly LinkStep[]; descriptors: number } {
  const program = programOf(fake)
  const recording = recordingKernel(wrap(fake))
  const steps: LinkStep[] = []
  const before = fake.descriptors.size
  const link = attachTracepoint(
    { kernel: recording.kernel, program, observer: (step) => steps.push(step) },
    EXEC,
  )
  const result = { names: recording.names(), steps, descriptors: fake.descriptors.size - before }
  link.close()
  return result
}

describe('attachTracepoint', () => {
  it('reads the number of the tracepoint, opens an event for it and links the program to it', () => {
    const { names, steps, descriptors } = attach(new BpfKernel())
    expect(names).toEqual([
      'openat',
      'openat',
      'read',
      'close',
      'close',
      'perf_event_open',
      'BPF_LINK_CREATE',
    ])
    expect(steps).toEqual([
      {
        kind: 'link-made',
        program: 'on_exec',
        target: 'tracepoint sched/sched_process_exec',
        how: 'bpf-link',
      },
    ])
    expect(descriptors).toBe(2)
  })

  it('says that a tracepoint takes 64 programs where it has them', () => {
    const full = (kernel: Kernel): Kernel =>
      failingKernel(kernel, { command: 'BPF_LINK_CREATE', nth: 1, errno: 7 })
    const error = bpfErrorOf('ATTACH_FAILED', () => attach(new BpfKernel(), full))
    expect(error.message).toContain('which is 64 (BPF_TRACE_MAX_PROGS)')
  })

  it('asks for an event of that number, for every process', () => {
    const fake = new BpfKernel()
    const recording = recordingKernel(fake)
    attachTracepoint(
      { kernel: recording.kernel, program: programOf(fake), observer: undefined },
      EXEC,
    ).close()
    const call = recording.calls.find(({ syscall }) => syscall === 'perf_event_open')
    expect(call?.arguments).toMatchObject({ type: 2, config: 310n, pid: -1, cpu: 0 })
  })

  it('attaches by ioctl where the kernel knows no links for perf events, after one probe', () => {
    const fake = new BpfKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    const { names, steps, descriptors } = attach(fake)
    expect(names.slice(5)).toEqual([
      'perf_event_open',
      'BPF_LINK_CREATE',
      'BPF_PROG_LOAD',
      'BPF_LINK_CREATE',
      'close',
      'ioctl',
    ])
    expect(steps).toMatchObject([{ kind: 'link-made', how: 'perf-ioctl' }])
    expect(descriptors).toBe(1)
  })

  it('does not take that way where the kernel has links, and says what it answered', () => {
    const fake = new BpfKernel()
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attach(fake, (kernel) => failingKernel(kernel, { command: 'BPF_LINK_CREATE', nth: 1, errno: 22 })),
    )
    expect(error).toMatchObject({ program: 'on_exec', cause: { code: 'EINVAL' } })
    expect(fake.descriptors.size).toBe(1)
  })

  it('does not probe where the answer is about something else', () => {
    const fake = new BpfKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 24)
    fake.answers.BPF_PROG_LOAD = () => expect.fail('a probe')
    const error = bpfErrorOf('ATTACH_FAILED', () => attach(fake))
    expect(error).toMatchObject({ cause: { code: 'EMFILE' } })
  })

  it('says which tracepoint there is not', () => {
    const fake = new BpfKernel({ '/sys/kernel/tracing/events/sched/sched_switch/id': '1\n' })
    const error = bpfErrorOf('ATTACH_FAILED', () => attach(fake))
    expect(error).toMatchObject({ program: 'on_exec', cause: { code: 'NO_SUCH_TRACEPOINT' } })
    expect(error.message).toMatch(
      /^cannot attach program on_exec to tracepoint sched\/sched_process_exec: this kernel has no tracepoint/,
    )
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })

  it('says that there is no tracefs', () => {
    const fake = new BpfKernel({})
    expect(bpfErrorOf('ATTACH_FAILED', () => attach(fake))).toMatchObject({ cause: { code: 'NO_TRACEFS' } })
  })

  it.each(['perfEventOpen', 'openat'] as const)(
    'says that a right is missing where %s answers EPERM',
    (method) => {
      const error = bpfErrorOf('ATTACH_FAILED', () =>
        attach(new BpfKernel(), (kernel) => failingKernel(kernel, { method, errno: 1 })),
      )
      expect(error.cause).toBeInstanceOf(PermissionError)
    },
  )

  it('leaves nothing attached where the observer throws', () => {
    const fake = new BpfKernel()
    const program = programOf(fake)
    const stop = new Error('enough')
    const observer = (): never => {
      throw stop
    }
    expect(() => attachTracepoint({ kernel: fake, program, observer }, EXEC)).toThrow(stop)
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })
})

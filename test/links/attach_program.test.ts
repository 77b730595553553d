import { describe, expect, it } from 'vitest'
import { attachProgram } from '../../src/links/attach_program.ts'
import type { AttachContext } from '../../src/links/attaching.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

function contextOf(section: string, kernel = new BpfKernel()): AttachContext {
  return { kernel, program: programIn(kernel, section), observer: undefined }
}

describe('attachProgram', () => {
  it('attaches a program to what the name of its section says', () => {
    using link = attachProgram(contextOf('tracepoint/sched/sched_process_exit'))
    expect(link).toMatchObject({
      program: 'main',
      target: 'tracepoint sched/sched_process_exit',
      detached: false,
    })
  })

  it('attaches it to another target that is given', () => {
    const target = { kind: 'tracepoint', category: 'sched', name: 'sched_process_exec' } as const
    using link = attachProgram(contextOf('tracepoint/sched/sched_process_exit'), target)
    expect(link.target).toBe('tracepoint sched/sched_process_exec')
  })

  it('refuses a program whose section does not say it', () => {
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attachProgram(contextOf('perf_event')))
    expect(error).toMatchObject({ program: 'main', section: 'perf_event' })
    expect(error.message).toBe(
      "cannot attach program main: its section 'perf_event' does not say what to; name an event, as in attach({ kind: 'perf_event', " +
        "event: { type: 'software', name: 'cpu_clock' }, rate: { frequency: 99 } })",
    )
  })

  it('refuses a program whose section does not say it well', () => {
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attachProgram(contextOf('tracepoint/sched')))
    expect(error.message).toContain("its section 'tracepoint/sched' names no target: it has not the form")
  })

  it('refuses a program of a type that is attached to other things, and asks the kernel nothing', () => {
    const target = { kind: 'tracepoint', category: 'sched', name: 'sched_process_exec' } as const
    const kernel = new BpfKernel()
    kernel.perfEventOpen = () => expect.fail('a call')
    const error = bpfErrorOf('ATTACH_WRONG_PROGRAM', () => attachProgram(contextOf('socket', kernel), target))
    expect(error.message).toBe(
      "cannot attach program main of section 'socket' to a target of kind 'tracepoint': only programs of sections tracepoint, " +
        'tp, tracepoint.s and tp.s can be attached to one',
    )
  })
})

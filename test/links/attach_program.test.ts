import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { attachProgram } from '../../src/links/attach_program.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { BpfProgram } from '../../src/programs/bpf_program.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'

function programIn(kernel: BpfKernel, section: string): BpfProgram {
  const read = readSectionName(section)
  if (read.kind === 'unknown') throw new Error(read.reason)
  return new BpfProgram(
    kernel,
    new FileDescriptor(kernel, kernel.allocate('program'), 'program'),
    'main',
    read.section,
  )
}

describe('attachProgram', () => {
  it('attaches a program to what the name of its section says', () => {
    const kernel = new BpfKernel()
    using link = attachProgram(kernel, programIn(kernel, 'tracepoint/sched/sched_process_exit'))
    expect(link).toMatchObject({
      program: 'main',
      target: 'tracepoint sched/sched_process_exit',
      detached: false,
    })
  })

  it('refuses a program whose section does not say it', () => {
    const kernel = new BpfKernel()
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attachProgram(kernel, programIn(kernel, 'socket')))
    expect(error).toMatchObject({ program: 'main', section: 'socket' })
    expect(error.message).toContain("its section name 'socket' does not say what to")
  })
})

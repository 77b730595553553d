import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { BpfProgram } from '../../src/programs/bpf_program.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

describe('BpfProgram', () => {
  it('has a descriptor until it is closed', () => {
    const kernel = new FakeKernel()
    const read = readSectionName('tp/sched/sched_process_exec')
    if (read.kind === 'unknown') return expect.fail(read.reason)
    const descriptor = new FileDescriptor(kernel, kernel.fsopen('program'), 'program main')
    {
      using program = new BpfProgram(kernel, descriptor, 'main', read.section)
      expect(program).toMatchObject({
        name: 'main',
        fd: 100,
        section: { name: 'tp/sched/sched_process_exec' },
      })
      program.close()
      bpfErrorOf('DESCRIPTOR_CLOSED', () => program.fd)
    }
    expect(kernel.descriptors.size).toBe(0)
  })
})

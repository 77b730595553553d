import { describe, expect, it } from 'vitest'
import { explainRunRefusal } from '../../src/commands/run_refused.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { BpfProgram } from '../../src/programs/bpf_program.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

function programOf(section: string): BpfProgram {
  const kernel = new FakeKernel()
  const read = readSectionName(section)
  if (read.kind === 'unknown') throw new Error(read.reason)
  const descriptor = new FileDescriptor(kernel, kernel.allocate('program'), 'program main')
  return new BpfProgram(kernel, descriptor, 'main', read.section)
}

function explained(section: string, errno: number): unknown {
  const refusal = new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_TEST_RUN', errno })
  return explainRunRefusal(refusal, programOf(section))
}

const EINVAL = 22

describe('explainRunRefusal', () => {
  it.each([
    ['xdp', 'Ethernet header of 14 bytes'],
    ['tc', 'struct __sk_buff'],
    ['raw_tp/sched_switch', 'no --data-in, --data-out, --ctx-out and --repeat'],
    ['syscall', 'at least as many bytes as the program reads'],
    ['sk_lookup', 'struct bpf_sk_lookup'],
    ['netfilter', 'an IP packet'],
    ['fentry/f', 'other options, or none'],
  ])('says what a program of section %s needs', (section, need) => {
    expect(explained(section, EINVAL)).toMatchObject({
      code: 'RUN_REFUSED',
      program: 'main',
      message: expect.stringContaining(need) as unknown,
      cause: { code: 'EINVAL' },
    })
  })

  it.each([
    [524, 'only where they are attached'],
    [28, 'larger than there is room for'],
    [4, 'smaller --repeat'],
    [5, 'BPF_PROG_TEST_RUN'],
  ])('says what errno %i means', (errno, meaning) => {
    expect(explained('kprobe/f', errno)).toMatchObject({
      code: 'RUN_REFUSED',
      message: expect.stringContaining(meaning) as unknown,
    })
  })

  it('leaves other errors as they are', () => {
    const error = new Error('else')
    expect(explainRunRefusal(error, programOf('xdp'))).toBe(error)
  })
})

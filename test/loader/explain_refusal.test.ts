import { describe, expect, it } from 'vitest'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { explainRefusal, explainSilentRefusal } from '../../src/loader/explain_refusal.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfTest } from '../kernel/require.ts'

const refused = (errno: number): SyscallError =>
  new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno })

const object = { programs: [], maps: [] }

describe('explainRefusal', () => {
  it.each([12, 22, 28])('leaves errno %i to the caller', (errno) => {
    expect(() => {
      explainRefusal(refused(errno), 'load program main', object)
      explainSilentRefusal(refused(errno), 'load program main', object)
    }).not.toThrow()
  })

  it('leaves EACCES to the caller whoever runs it: it is how the verifier refuses a program', () => {
    expect(() => {
      explainRefusal(refused(13), 'load program main', object)
    }).not.toThrow()
  })

  bpfTest('leaves EPERM to the caller where no right is missing', () => {
    expect(() => {
      explainRefusal(refused(1), 'load program main', object)
    }).not.toThrow()
  })
})

describe('explainSilentRefusal', () => {
  it('takes EPERM for a missing right, and keeps it as the cause', () => {
    const cause = refused(1)
    const error = bpfErrorOf('NOT_PERMITTED', () => {
      explainSilentRefusal(cause, 'load program main', object)
    })
    expect(error.message).toMatch(/^cannot load program main: BPF_PROG_LOAD is not permitted \(EPERM\): /)
    expect(error.cause).toBe(cause)
  })
})

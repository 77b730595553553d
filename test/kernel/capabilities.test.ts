import { describe, expect, it } from 'vitest'
import { permissionErrorFor } from '../../src/kernel/capabilities.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { permissionFacts as facts } from './permission_facts.ts'

describe('permissionErrorFor', () => {
  const refusal = (errno: number): SyscallError =>
    new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno })

  it('makes one readable line of it', () => {
    const error = permissionErrorFor(refusal(1), facts([], { unprivilegedBpfDisabled: 2 }))
    expect(error?.code).toBe('NOT_PERMITTED')
    expect(error?.missing).toEqual(['CAP_BPF', 'CAP_PERFMON'])
    expect(error?.cause).toBeInstanceOf(SyscallError)
    expect(error?.message).toBe(
      'BPF_PROG_LOAD is not permitted (EPERM): this process lacks CAP_BPF and CAP_PERFMON, ' +
        'kernel.unprivileged_bpf_disabled is 2; run it as root, or give it CAP_BPF and CAP_PERFMON',
    )
  })

  it('goes by what the purpose needs', () => {
    const needs = ['CAP_BPF', 'CAP_NET_ADMIN'] as const
    const purpose = { syscall: 'bpf', command: 'BPF_PROG_LOAD', errnoName: 'EPERM', needs }
    expect(permissionErrorFor(refusal(1), facts(['CAP_BPF']), purpose)?.missing).toEqual(['CAP_NET_ADMIN'])
  })

  it('takes EACCES for the verifier rejecting a program unless a capability is missing', () => {
    expect(permissionErrorFor(refusal(13), facts(['CAP_SYS_ADMIN']))).toBeUndefined()
    expect(permissionErrorFor(refusal(13), facts(['CAP_BPF']))?.missing).toEqual(['CAP_PERFMON'])
  })

  it('suspects a security module where EPERM cannot be explained', () => {
    expect(permissionErrorFor(refusal(1), facts(['CAP_SYS_ADMIN']))?.message).toBe(
      'BPF_PROG_LOAD is not permitted (EPERM): a security module may forbid it; ' +
        "look for a denial in the kernel's log and the audit log",
    )
  })

  it('leaves other errors alone', () => {
    expect(permissionErrorFor(refusal(22), facts([]))).toBeUndefined()
    expect(permissionErrorFor(new Error('x'), facts([]))).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

describe('SyscallError', () => {
  it('says which call failed, for what, and with which errno', () => {
    const error = new SyscallError({ syscall: 'bpf', command: 'BPF_MAP_CREATE', errno: 1 }, { map: 'rb' })
    expect(error).toMatchObject({
      name: 'SyscallError',
      code: 'EPERM',
      syscall: 'bpf',
      command: 'BPF_MAP_CREATE',
      errno: 1,
      errnoName: 'EPERM',
      map: 'rb',
      message: 'bpf(BPF_MAP_CREATE) failed with EPERM: operation not permitted',
    })
  })

  it('names what the call was about, and does without a meaning', () => {
    expect(new SyscallError({ syscall: 'openat', errno: 4000, subject: '/x' }).message).toBe(
      'openat() on /x failed with errno 4000',
    )
  })
})

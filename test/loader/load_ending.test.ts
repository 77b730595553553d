import { describe, expect, it } from 'vitest'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { endsTheLoad } from '../../src/loader/load_ending.ts'
import { LoadError } from '../../src/loader/load_error.ts'

const required = { kind: 'program', need: 'required' } as const
const optional = { kind: 'program', need: 'optional' } as const
const map = { kind: 'map', need: 'required' } as const

function refused(errno: number): LoadError {
  const cause = new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno })
  return new LoadError('LOAD_PROGRAM_REFUSED', 'no', { cause })
}

describe('endsTheLoad', () => {
  it.each([
    ['EMFILE', 24, true, true],
    ['ENFILE', 23, true, true],
    ['EAGAIN', 11, true, true],
    ['EINTR', 4, true, true],
    ['ENOMEM', 12, true, false],
    ['EINVAL', 22, false, false],
    ['E2BIG', 7, false, false],
    ['EACCES', 13, false, false],
  ])('is about shortages: %s', (_, errno, forPrograms, forMaps) => {
    const error = refused(errno)
    expect([required, optional].map((part) => endsTheLoad(error, part))).toEqual([forPrograms, forPrograms])
    expect(endsTheLoad(error, map)).toBe(forMaps)
  })

  it.each<[readonly string[], boolean, boolean, boolean]>([
    [['CAP_BPF', 'CAP_PERFMON'], true, true, true],
    [['CAP_SYS_ADMIN'], true, true, true],
    [['CAP_PERFMON'], true, false, true],
    [[], false, false, true],
  ])('is about capabilities: %j', (missing, ofRequired, ofOptional, ofMap) => {
    const error = new PermissionError('no', missing)
    expect([required, optional, map].map((part) => endsTheLoad(error, part))).toEqual([
      ofRequired,
      ofOptional,
      ofMap,
    ])
  })

  it('is not what no system call was asked for', () => {
    expect(endsTheLoad(new LoadError('LOAD_ATTACH_TARGET_NOT_FOUND', 'no'), required)).toBe(false)
  })
})

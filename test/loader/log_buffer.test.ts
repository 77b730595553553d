import { describe, expect, it } from 'vitest'
import { repeatWithLog } from '../../src/loader/log_buffer.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

const EACCES = 13
const ENOSPC = 28

/** A call that says `log` and then fails with `errno`; with ENOSPC where the log and its NUL do not fit. */
function verifier(log: string, errno: number, sizes: number[] = []): (buffer: Uint8Array) => number {
  return (buffer) => {
    sizes.push(buffer.length)
    const bytes = new TextEncoder().encode(log)
    const fits = bytes.length < buffer.length
    buffer.set(fits ? bytes : bytes.subarray(0, buffer.length - 1))
    throw new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno: fits ? errno : ENOSPC })
  }
}

describe('repeatWithLog', () => {
  it('gives what the kernel said up to the NUL, and how it ended', () => {
    const { log, outcome } = repeatWithLog(verifier('R0 !read_ok\n', EACCES))
    expect(log).toBe('R0 !read_ok\n')
    expect(outcome).toMatchObject({ kind: 'failed', error: { errnoName: 'EACCES' } })
  })

  it.each([
    { length: (1 << 16) - 1, attempts: 1 },
    { length: 1 << 16, attempts: 2 },
    { length: 3_000_000, attempts: 4 },
  ])('gives all $length characters of a log, after $attempts attempts', ({ length, attempts }) => {
    const sizes: number[] = []
    const long = 'x'.repeat(length)
    const { log, outcome } = repeatWithLog(verifier(long, EACCES, sizes))
    expect(log === long).toBe(true)
    expect(outcome).toMatchObject({ kind: 'failed', error: { errnoName: 'EACCES' } })
    expect(sizes).toHaveLength(attempts)
    expect(sizes[0]).toBe(1 << 16)
  })

  it('gives up where the kernel answers ENOSPC whatever the size, with a size that kernels take', () => {
    const sizes: number[] = []
    const { outcome } = repeatWithLog((buffer) => {
      sizes.push(buffer.length)
      throw new SyscallError({ syscall: 'bpf', errno: ENOSPC })
    })
    expect(outcome).toMatchObject({ kind: 'failed', error: { errnoName: 'ENOSPC' } })
    expect(sizes.length).toBeLessThan(10)
    expect(sizes.at(-1)).toBeLessThanOrEqual(0xffff_ffff >>> 2)
  })

  it('hands over the result and what was logged where the second try goes well', () => {
    const { log, outcome } = repeatWithLog((buffer) => {
      buffer.set(new TextEncoder().encode('processed 2 insns'))
      return 7
    })
    expect({ log, outcome }).toEqual({ log: 'processed 2 insns', outcome: { kind: 'done', value: 7 } })
  })

  it('passes on what is no answer of the kernel', () => {
    const bug = new Error('a bug')
    expect(() =>
      repeatWithLog(() => {
        throw bug
      }),
    ).toThrow(bug)
  })
})

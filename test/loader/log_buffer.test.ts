import { describe, expect, it } from 'vitest'
import type { KernelLog } from '../../src/kernel/kernel_log.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { withLog } from '../../src/loader/log_buffer.ts'

const EACCES = 13
const ENOSPC = 28
const LARGEST = 64 * 1024 * 1024

interface Verifier {
  readonly log: string
  /** 0 where it accepts the program. */
  readonly errno?: number
  readonly linux: '6.3' | '6.4'
}

/** A call that logs as a kernel does, and the sizes of the buffers that it was given. */
function verifier({ log, errno = EACCES, linux }: Verifier): {
  call: (log: KernelLog) => string
  sizes: number[]
} {
  const sizes: number[] = []
  const bytes = new TextEncoder().encode(`${log}\0`)
  const call = (request: KernelLog): string => {
    const { buffer } = request
    sizes.push(buffer.length)
    const excess = Math.max(0, bytes.length - buffer.length)
    const start = linux === '6.4' ? excess : 0
    buffer.set(bytes.subarray(start, start + buffer.length))
    buffer[buffer.length - 1] = 0
    if (linux === '6.4') request.trueSize = bytes.length
    if (excess > 0) throw new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno: ENOSPC })
    if (errno !== 0) throw new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno })
    return 'accepted'
  }
  return { call, sizes }
}

describe('withLog', () => {
  it('gives what the kernel said up to the NUL, and how it ended', () => {
    const { call } = verifier({ log: 'R0 !read_ok\n', linux: '6.4' })
    expect(withLog(1, call)).toMatchObject({
      log: 'R0 !read_ok\n',
      lost: 'nothing',
      outcome: { kind: 'failed', error: { errnoName: 'EACCES' } },
    })
  })

  it.each([
    { linux: '6.3', length: (1 << 16) - 1, attempts: 1 },
    { linux: '6.3', length: 1 << 16, attempts: 2 },
    { linux: '6.3', length: 3_000_000, attempts: 4 },
    { linux: '6.4', length: 1 << 16, attempts: 2 },
    { linux: '6.4', length: 3_000_000, attempts: 2 },
    { linux: '6.4', length: 60_000_000, attempts: 2 },
  ] as const)('gives all $length bytes of a log of Linux $linux, after $attempts attempts', (given) => {
    const log = 'x'.repeat(given.length)
    const { call, sizes } = verifier({ log, linux: given.linux })
    const result = withLog(1, call)
    expect(result.log === log).toBe(true)
    expect(result).toMatchObject({ lost: 'nothing', outcome: { error: { errnoName: 'EACCES' } } })
    expect(sizes).toHaveLength(given.attempts)
    expect(sizes[0]).toBe(1 << 16)
  })

  it.each([
    { linux: '6.3', lost: 'end', kept: 'first' },
    { linux: '6.4', lost: 'start', kept: 'last' },
  ] as const)('keeps 64 MiB of a longer log of Linux $linux, without its $lost', ({ linux, lost, kept }) => {
    const { call, sizes } = verifier({ log: `first ${'x'.repeat(LARGEST)} last`, errno: 0, linux })
    const result = withLog(1, call)
    expect(result).toMatchObject({ lost, outcome: { kind: 'failed', error: { errnoName: 'ENOSPC' } } })
    expect(result.log.length).toBe(LARGEST - 1)
    expect(result.log.includes(kept)).toBe(true)
    expect(sizes.at(-1)).toBe(LARGEST)
    expect(sizes.length).toBeLessThan(8)
  })

  it('takes ENOSPC for the answer where the log fitted', () => {
    const { call, sizes } = verifier({ log: 'no room\n', errno: ENOSPC, linux: '6.4' })
    expect(withLog(1, call)).toMatchObject({ log: 'no room\n', lost: 'nothing', outcome: { kind: 'failed' } })
    expect(sizes).toHaveLength(1)
  })

  it('hands over the result with what was logged', () => {
    const { call } = verifier({ log: 'processed 2 insns', errno: 0, linux: '6.3' })
    expect(withLog(4, call)).toEqual({
      log: 'processed 2 insns',
      lost: 'nothing',
      outcome: { kind: 'done', value: 'accepted' },
    })
  })

  it('passes on what is no answer of the kernel', () => {
    const bug = new Error('a bug')
    expect(() =>
      withLog(1, () => {
        throw bug
      }),
    ).toThrow(bug)
  })
})

import { describe, expect, it } from 'vitest'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { explaining, type Refusals, unlessGone } from '../../src/links/refusals.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const kernel = new BpfKernel()
const context = { kernel, program: programIn(kernel, 'xdp'), observer: undefined }
const busy = new SyscallError({ syscall: 'bpf', errno: 16 })
const throwing = (error: Error) => (): never => {
  throw error
}

describe('explaining', () => {
  const refusals: Refusals = {
    EBUSY: { code: 'ATTACH_OCCUPIED', why: ({ errno }) => `another one is there, number ${errno}` },
  }

  it('makes an AttachError of what it has words for', () => {
    const error = bpfErrorOf('ATTACH_OCCUPIED', () =>
      explaining(context, 'place x', refusals, throwing(busy)),
    )
    expect(error).toMatchObject({ program: 'main', section: 'xdp', cause: busy })
    expect(error.message).toBe(
      `cannot attach program main to place x: another one is there, number 16 (${busy.message})`,
    )
  })

  it.each([
    new SyscallError({ syscall: 'bpf', errno: 22 }),
    new Error('a bug'),
    new SyscallError({ syscall: 'bpf', errno: 9999 }),
  ])('passes on %s', (error) => {
    expect(() => explaining(context, 'place x', refusals, throwing(error))).toThrow(error)
  })

  it('gives what the call gives', () => {
    expect(explaining(context, 'place x', refusals, () => 5)).toBe(5)
  })
})

describe('unlessGone', () => {
  it('is content with the errnos that are named, and with no others', () => {
    unlessGone(['EBUSY'], throwing(busy))
    expect(() => {
      unlessGone(['ENOENT'], throwing(busy))
    }).toThrow(busy)
    expect(() => {
      unlessGone(['Error'], throwing(new Error('a bug')))
    }).toThrow('a bug')
  })
})

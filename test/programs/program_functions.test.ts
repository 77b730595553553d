import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { functionIdOf } from '../../src/programs/program_functions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { haveBtfs } from '../loader/kernel_modules.ts'
import { targetTypes, withBtf } from '../loader/target_program.ts'

function kernelWith(btfId: number): BpfKernel {
  const kernel = new BpfKernel()
  haveBtfs(kernel, [{ id: 7, name: '', bytes: targetTypes(), origin: 'user' }])
  withBtf(kernel, btfId)
  return kernel
}

describe('functionIdOf', () => {
  it('finds a function in the types that a program was loaded with, and leaves nothing open', () => {
    const kernel = kernelWith(7)
    expect(functionIdOf(kernel, fdNumber(9), 'other')).toBe(5)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('says which functions there are', () => {
    const error = bpfErrorOf('NO_SUCH_FUNCTION', () => functionIdOf(kernelWith(7), fdNumber(9), 'x'))
    expect(error.message).toBe('the target program has no function x; its BTF has handler, other')
  })

  it.each([0, 8])('finds none in a program without types (id %i)', (id) => {
    const error = bpfErrorOf('NO_SUCH_FUNCTION', () => functionIdOf(kernelWith(id), fdNumber(9), 'other'))
    expect(error.message).toContain('loaded without BTF')
  })
})

import { describe, expect, it } from 'vitest'
import { fakeMap, FakeMapKernel, key } from './fake_map_kernel.ts'

describe('a map of stacks', () => {
  it('has addresses up to the first zero', () => {
    const kernel = new FakeMapKernel()
    using stacks = fakeMap(kernel, 'stack_trace', { valueSize: 32 }).as.stackTraces()
    kernel.put(key(5), new Uint8Array(new BigUint64Array([0xffff_ffff_8100_0000n, 2n, 0n, 4n]).buffer))
    expect(stacks.lookup(5)).toEqual([0xffff_ffff_8100_0000n, 2n])
    expect(stacks.lookup(6)).toBeUndefined()
    expect([...stacks.keys()]).toEqual([5])
    expect(stacks.delete(5)).toBe(true)
  })
})

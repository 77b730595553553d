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

describe('StackTraceMap.frames', () => {
  it('has an address for each frame', () => {
    const kernel = new FakeMapKernel()
    using stacks = fakeMap(kernel, 'stack_trace', { valueSize: 32 }).as.stackTraces()
    kernel.put(key(5), new Uint8Array(new BigUint64Array([3n, 2n, 0n, 4n]).buffer))
    expect(stacks.frames(5)).toEqual([3n, 2n].map((address) => ({ kind: 'address', address })))
    expect(stacks.frames(6)).toBeUndefined()
  })

  it('has build ids and offsets where the map was made for them, and addresses where there are none', () => {
    const kernel = new FakeMapKernel()
    const BPF_F_STACK_BUILD_ID = 32
    using stacks = fakeMap(kernel, 'stack_trace', {
      valueSize: 96,
      flags: BPF_F_STACK_BUILD_ID,
    }).as.stackTraces()
    const value = new Uint8Array(96)
    const view = new DataView(value.buffer)
    view.setInt32(0, 1, true)
    value.fill(0xab, 4, 24)
    view.setBigUint64(24, 0x1234n, true)
    view.setInt32(32, 2, true)
    view.setBigUint64(56, 0x7f00n, true)
    kernel.put(key(1), value)
    expect(stacks.frames(1)).toEqual([
      { kind: 'build-id', buildId: 'ab'.repeat(20), offset: 0x1234n },
      { kind: 'address', address: 0x7f00n },
    ])
  })
})

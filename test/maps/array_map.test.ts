import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fakeMap, FakeMapKernel, key, value } from './fake_map_kernel.ts'

function open(kernel: FakeMapKernel) {
  for (let index = 0; index < 3; index++) kernel.put(key(index), value(0))
  return fakeMap(kernel, 'array', { maxEntries: 3 }).as.array<Uint8Array>()
}

describe('an array', () => {
  it('has values under indices', () => {
    using array = open(new FakeMapKernel())
    array.update(2, value(5))
    expect(array.lookup(2)).toEqual(value(5))
    expect(array).toHaveLength(3)
    array.updateMany([
      [0, value(7)],
      [1, value(8)],
    ])
    expect([...array].map(([first]) => first)).toEqual([7, 8, 5])
    expect([...array.entries()][1]).toEqual([1, value(8)])
  })

  it('has no others', () => {
    using array = open(new FakeMapKernel())
    const { message } = bpfErrorOf('MAP_NO_ENTRY', () => array.lookup(3))
    expect(message).toBe('map counts has indices from 0 to 2; got 3')
    bpfErrorOf('MAP_BAD_SIZE', () => array.lookup(-1))
  })
})

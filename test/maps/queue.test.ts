import { describe, expect, it } from 'vitest'
import { E2BIG, fakeMap, FakeMapKernel, value } from './fake_map_kernel.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function open(kernel: FakeMapKernel) {
  return fakeMap(kernel, 'queue', { keySize: 0, maxEntries: 3 }).as.queue<Uint8Array>()
}

describe('a queue', () => {
  it('gives nothing where it is empty', () => {
    using queue = open(new FakeMapKernel())
    expect(queue.peek()).toBeUndefined()
    expect(queue.pop()).toBeUndefined()
    expect([...queue.drain()]).toEqual([])
  })

  it('says that it is full', () => {
    const kernel = new FakeMapKernel()
    kernel.refusals.set('BPF_MAP_UPDATE_ELEM', E2BIG)
    bpfErrorOf('MAP_FULL', () => {
      open(kernel).push(value(1))
    })
  })

  it('is drained of as many values as it has room for, however fast programs push', () => {
    const kernel = new FakeMapKernel()
    kernel.before = () => {
      kernel.put(new Uint8Array(), value(1))
    }
    expect([...open(kernel).drain()]).toHaveLength(3)
  })
})

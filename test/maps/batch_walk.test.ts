import { describe, expect, it } from 'vitest'
import { batches } from '../../src/maps/batch_walk.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { EINVAL, fakeMap, FakeMapKernel, key } from './fake_map_kernel.ts'

describe('a walk in batches', () => {
  it('grows where a bucket has more entries than there is room for, and goes on there', () => {
    const kernel = new FakeMapKernel()
    const size = 8 * 1024
    for (let each = 0; each < 100; each++) kernel.put(key(each * 4), new Uint8Array(size))
    const { access } = fakeMap(kernel, 'hash', { valueSize: size })
    const capacities: number[] = []
    let total = 0
    for (const { batch, count } of batches(access, 'next')) {
      capacities.push(batch.capacity)
      total += count
    }
    expect(total).toBe(100)
    expect(capacities.at(-1)).toBeGreaterThanOrEqual(100)
  })

  it('says what the kernel refuses', () => {
    const kernel = new FakeMapKernel()
    kernel.refusals.set('BPF_MAP_LOOKUP_BATCH', EINVAL)
    bpfErrorOf('MAP_REFUSED', () => [...batches(fakeMap(kernel).access, 'next')])
  })
})

import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { EINVAL, fakeMap, FakeMapKernel, value } from './fake_map_kernel.ts'

describe('a bloom filter', () => {
  it('asks with the value, and takes a missing one for an answer', () => {
    const kernel = new FakeMapKernel()
    using filter = fakeMap(kernel, 'bloom_filter', { keySize: 0 }).as.bloomFilter<Uint8Array>()
    expect(filter.mayHave(value(1))).toBe(false)
    filter.add(value(1))
    expect(filter.mayHave(value(1))).toBe(true)
  })

  it('says what the kernel refuses', () => {
    const kernel = new FakeMapKernel()
    using filter = fakeMap(kernel, 'bloom_filter', { keySize: 0 }).as.bloomFilter<Uint8Array>()
    kernel.refusals.set('BPF_MAP_LOOKUP_ELEM', EINVAL).set('BPF_MAP_UPDATE_ELEM', EINVAL)
    bpfErrorOf('MAP_REFUSED', () => filter.mayHave(value(1)))
    bpfErrorOf('MAP_REFUSED', () => {
      filter.add(value(1))
    })
    bpfErrorOf('MAP_BAD_SIZE', () => filter.mayHave(new Uint8Array(7)))
  })
})

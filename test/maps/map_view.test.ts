import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fakeMap, FakeMapKernel } from './fake_map_kernel.ts'

describe('a handle', () => {
  it('closes the map', () => {
    const kernel = new FakeMapKernel()
    const map = fakeMap(kernel, 'ringbuf')
    {
      using handle = map.as.opaque()
      expect(handle.name).toBe('counts')
      expect(handle.fd).toBe(map.fd)
      expect(handle.map).toBe(map)
    }
    bpfErrorOf('DESCRIPTOR_CLOSED', () => map.fd)
    expect(kernel.descriptors.size).toBe(0)
  })
})

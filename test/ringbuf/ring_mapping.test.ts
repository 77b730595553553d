import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { mapRing } from '../../src/ringbuf/ring_mapping.ts'
import { FakeRingKernel } from './fake_ring_kernel.ts'
import { RingProducer } from './ring_producer.ts'

const PROT_READ = 1
const PROT_READ_WRITE = 3
const MAP_SHARED = 1

function mapWith(kernel: FakeRingKernel, size: number): ReturnType<typeof mapRing> {
  return mapRing(kernel, { mapFd: fdNumber(9), size, name: 'rb' })
}

describe('mapRing', () => {
  it.each([4096, 16384, 65536])(
    'maps the consumer page writable, the rest read-only, with pages of %i bytes',
    (pageSize) => {
      const kernel = new FakeRingKernel(new RingProducer({ pageSize, size: 2 * pageSize }))
      const { memory } = mapWith(kernel, 2 * pageSize)
      expect(kernel.mmaps).toEqual([
        { length: pageSize, protection: PROT_READ_WRITE, flags: MAP_SHARED, offset: 0 },
        { length: 5 * pageSize, protection: PROT_READ, flags: MAP_SHARED, offset: pageSize },
      ])
      expect(memory).toEqual(kernel.producer.memory)
    },
  )

  it('unmaps both', () => {
    const kernel = new FakeRingKernel(new RingProducer())
    mapWith(kernel, 4096).unmap()
    expect(new Set(kernel.unmapped)).toEqual(new Set(kernel.mmaps))
    expect(kernel.unmapped).toHaveLength(2)
  })

  it('unmaps the consumer page if the second mapping fails', () => {
    const kernel = new FakeRingKernel(new RingProducer())
    kernel.failingMmap = 1
    expect(() => mapWith(kernel, 4096)).toThrow('EPERM')
    expect(kernel.unmapped).toEqual(kernel.mmaps)
    expect(kernel.unmapped).toHaveLength(1)
  })

  it.each([0, -4096, 2048, 12288, 4096.5, Number.NaN, Infinity, 2 ** 32])(
    'refuses a size of %d bytes',
    (size) => {
      const kernel = new FakeRingKernel(new RingProducer())
      expect(() => mapWith(kernel, size)).toThrow(
        expect.objectContaining({ code: 'RINGBUF_BAD_ARGUMENT', map: 'rb' }),
      )
      expect(kernel.mmaps).toEqual([])
    },
  )
})

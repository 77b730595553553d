import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { Ring } from '../../src/ringbuf/ring.ts'
import { RingReading } from '../../src/ringbuf/ring_reading.ts'
import { RingWaiter } from '../../src/ringbuf/ring_waiter.ts'
import { FakeRingKernel } from './fake_ring_kernel.ts'
import { RingProducer } from './ring_producer.ts'

interface OpenReading {
  readonly producer: RingProducer
  readonly ring: Ring
  readonly reading: RingReading
}

function read(position: bigint, signal?: AbortSignal): OpenReading {
  const producer = new RingProducer({ position })
  const ring = new Ring(producer.memory)
  const waiter = new RingWaiter(new FakeRingKernel(producer), {
    descriptors: [fdNumber(9)],
    isReady: () => ring.ready,
    readable: 'while records are there',
  })
  return { producer, ring, reading: new RingReading(ring, waiter, { batch: 512, signal }) }
}

describe('RingReading', () => {
  it('resolves turn() in another turn of the event loop even if there are records', async () => {
    const { producer, reading } = read(0n)
    producer.outputU32(1)
    let hasTurned = false
    setImmediate(() => {
      hasTurned = true
    })
    expect(await reading.turn()).toBe(true)
    expect(hasTurned).toBe(true)
    reading.close()
  })

  it('removes its listener from the signal when it ends', () => {
    const { signal } = new AbortController()
    const { reading } = read(0n, signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    reading.close()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it.each([0n, 2n ** 32n - 16n, 2n ** 64n - 16n])(
    'has ended once the records from before the abort are consumed, at position %i',
    async (position) => {
      const controller = new AbortController()
      const { producer, ring, reading } = read(position, controller.signal)
      producer.outputU32(1)
      producer.outputU32(2)
      controller.abort()
      producer.outputU32(3)
      expect(await reading.turn()).toBe(true)
      ring.drain(() => undefined, 1)
      expect(reading.ended).toBe(false)
      ring.drain(() => undefined, 1)
      expect(reading.ended).toBe(true)
      expect(await reading.turn()).toBe(false)
      reading.close()
    },
  )
})

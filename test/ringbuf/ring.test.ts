import { describe, expect, it } from 'vitest'
import { Ring } from '../../src/ringbuf/ring.ts'
import type { RingRecord } from '../../src/ringbuf/ring_record.ts'
import { RingProducer } from './ring_producer.ts'

/** The records that a drain visits, as copies. */
function drained(ring: Ring, limit = Infinity): Uint8Array[] {
  const records: Uint8Array[] = []
  const visited = ring.drain((record) => records.push(record.bytes()), limit)
  expect(visited).toBe(records.length)
  return records
}

function drainedU32s(ring: Ring, limit = Infinity): number[] {
  const values: number[] = []
  ring.drain((record) => values.push(record.u32(0)), limit)
  return values
}

const ignore = (): void => undefined

describe('Ring', () => {
  it('finds nothing in a ring that nobody has written to', () => {
    const ring = new Ring(new RingProducer().memory)
    expect(drained(ring)).toEqual([])
    expect(ring.available).toBe(0)
    expect(ring.ready).toBe(false)
  })

  it('visits committed records in the order of their reservation and gives their space back', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.output(Uint8Array.of(1, 2, 3))
    producer.output(Uint8Array.of(4, 5, 6, 7, 8, 9, 10, 11, 12))
    expect(ring.available).toBe(16 + 24)
    expect(drained(ring)).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6, 7, 8, 9, 10, 11, 12)])
    expect(producer.consumerPosition).toBe(40n)
    expect(ring.available).toBe(0)
    expect(ring.counts).toEqual({ records: 2, bytes: 12, discarded: 0 })
  })

  it('visits a record of no bytes, and one that fills the ring', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.output(new Uint8Array())
    expect(drained(ring)).toEqual([new Uint8Array()])
    const largest = new Uint8Array(4096 - 16).fill(7)
    expect(producer.output(largest)).toBe(true)
    expect(producer.output(new Uint8Array())).toBe(false)
    expect(drained(ring)).toEqual([largest])
    expect(producer.free).toBe(4095)
  })

  it.each([4096, 16384, 65536])(
    'reads a record that wraps around the end of a ring with pages of %i bytes',
    (pageSize) => {
      const producer = new RingProducer({ pageSize, size: 2 * pageSize })
      const ring = new Ring(producer.memory)
      const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index)
      let wraps = 0
      let intact = 0
      for (let count = 0; count < 500; count++) {
        const before = producer.producerPosition % BigInt(producer.size)
        producer.output(bytes)
        if (producer.producerPosition % BigInt(producer.size) < before) wraps++
        ring.drain((record) => {
          if (Buffer.compare(record.bytes(), bytes) === 0) intact++
        }, Infinity)
      }
      expect(intact).toBe(500)
      expect(wraps).toBeGreaterThan(2)
    },
  )

  it.each([
    ['2^31', 2n ** 31n],
    ['2^32', 2n ** 32n],
    ['2^53', 2n ** 53n],
    ['2^63', 2n ** 63n],
    ['2^64', 2n ** 64n],
  ])('goes on when the positions pass %s', (_, boundary) => {
    const producer = new RingProducer({ position: boundary - 40n })
    const ring = new Ring(producer.memory)
    for (let round = 0; round < 5; round++) {
      producer.outputU32(round)
      producer.outputU32(round + 100)
      expect(ring.available).toBe(32)
      expect(drainedU32s(ring)).toEqual([round, round + 100])
    }
    expect(producer.consumerPosition).toBe(BigInt.asUintN(64, boundary + 120n))
    expect(ring.consumerPosition).toBe(ring.producerPosition)
  })

  it('stops at a record that is still busy and goes on once it was committed', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.outputU32(1)
    const busy = producer.reserve(4)!
    producer.outputU32(3)
    expect(ring.ready).toBe(true)
    expect(drainedU32s(ring)).toEqual([1])
    expect(drainedU32s(ring)).toEqual([])
    expect(ring.ready).toBe(false)
    expect(ring.available).toBe(32)
    producer.write(busy, Uint8Array.of(2, 0, 0, 0))
    producer.commit(busy)
    expect(ring.ready).toBe(true)
    expect(drainedU32s(ring)).toEqual([2, 3])
  })

  it('skips discarded records, counts them, and gives their space back', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.discard(producer.reserve(100)!)
    producer.outputU32(1)
    producer.discard(producer.reserve(0)!)
    expect(drainedU32s(ring)).toEqual([1])
    expect(ring.counts).toEqual({ records: 1, bytes: 4, discarded: 2 })
    expect(ring.available).toBe(0)
  })

  it('visits no more records than the limit says', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    for (let value = 0; value < 10; value++) producer.outputU32(value)
    expect(drainedU32s(ring, 0)).toEqual([])
    expect(drainedU32s(ring, 3)).toEqual([0, 1, 2])
    expect(producer.consumerPosition).toBe(48n)
    expect(drainedU32s(ring)).toEqual([3, 4, 5, 6, 7, 8, 9])
  })

  it('ends at the producer position that it began with, however fast the producer is', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    for (let value = 0; value < 3; value++) producer.outputU32(value)
    const visited = ring.drain((record) => {
      producer.outputU32(record.u32(0) + 100)
      producer.outputU32(record.u32(0) + 200)
    }, Infinity)
    expect(visited).toBe(3)
    expect(drainedU32s(ring)).toEqual([100, 200, 101, 201, 102, 202])
  })

  it('gives space back during a long drain, so that producers do not wait for its end', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    while (producer.outputU32(1));
    const held: bigint[] = []
    ring.drain(() => held.push(producer.producerPosition - producer.consumerPosition), Infinity)
    expect(held[0]).toBe(4080n)
    expect(held.at(-1)).toBeLessThanOrEqual(1024n)
  })

  it('counts the record that the visitor threw on as consumed and leaves those behind it', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    for (let value = 0; value < 4; value++) producer.outputU32(value)
    const failOnOne = (record: RingRecord): void => {
      if (record.u32(0) === 1) throw new Error('one')
    }
    expect(() => ring.drain(failOnOne, Infinity)).toThrow('one')
    expect(ring.counts.records).toBe(2)
    expect(ring.draining).toBe(false)
    expect(drainedU32s(ring)).toEqual([2, 3])
  })

  it('ends after the present record when the visitor interrupts it', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.outputU32(1)
    producer.outputU32(2)
    expect(
      ring.drain(() => {
        ring.interrupt()
      }, Infinity),
    ).toBe(1)
    expect(drainedU32s(ring)).toEqual([2])
  })

  it('refuses to be drained from within its own visitor', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.outputU32(1)
    const nested = (): void => {
      expect(ring.draining).toBe(true)
      ring.drain(ignore, 1)
    }
    expect(() => ring.drain(nested, 1)).toThrow(expect.objectContaining({ code: 'RINGBUF_IN_USE' }))
    expect(ring.draining).toBe(false)
  })

  it('reports a header that is longer than what is reserved, and does not move', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory, 'rb')
    producer.outputU32(1)
    producer.outputU32(2)
    producer.writeHeader(16, 9)
    const seen: number[] = []
    const drain = (): number => ring.drain((record) => seen.push(record.u32(0)), Infinity)
    expect(drain).toThrow(expect.objectContaining({ code: 'RINGBUF_CORRUPT', map: 'rb', offset: 16 }))
    expect(drain).toThrow('its header says 9 bytes, and with header and padding only 16 are reserved')
    expect(seen).toEqual([1])
    expect(producer.consumerPosition).toBe(16n)
  })

  it('reports the longest length that a header can hold', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.outputU32(1)
    producer.writeHeader(0, 0x3fff_ffff)
    expect(() => ring.drain(ignore, 1)).toThrow(expect.objectContaining({ code: 'RINGBUF_CORRUPT' }))
  })

  it.each([
    ['further apart than the size', 4104n],
    ['no multiple of 8 apart', 12n],
    ['in the wrong order', -8n],
  ])('reports positions that are %s', (_, distance) => {
    const producer = new RingProducer({ position: 1024n })
    const ring = new Ring(producer.memory)
    producer.producerPosition = 1024n + distance
    expect(() => ring.drain(ignore, 1)).toThrow(expect.objectContaining({ code: 'RINGBUF_CORRUPT' }))
    expect(() => ring.available).toThrow('Check that no other process reads the same map')
  })

  it.each([0, 4, 3000, 8192])('refuses a size of %i bytes over memory for 4096', (size) => {
    const { memory } = new RingProducer()
    expect(() => new Ring({ ...memory, size })).toThrow(
      expect.objectContaining({ code: 'RINGBUF_BAD_ARGUMENT' }),
    )
  })
})

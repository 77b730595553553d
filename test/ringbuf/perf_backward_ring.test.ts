import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { PerfBackwardRing } from '../../src/ringbuf/perf_backward_ring.ts'
import { PerfRecords } from '../../src/ringbuf/perf_records.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { PerfWriter } from './perf_writer.ts'

function open(): {
  readonly writer: PerfWriter
  readonly ring: PerfBackwardRing
  readonly records: PerfRecords
} {
  const writer = new PerfWriter({ direction: 'backward' })
  const records = new PerfRecords(writer.memory, { cpu: 0, map: 'events' })
  return { writer, records, ring: new PerfBackwardRing(writer.memory, records) }
}

function drainU32(ring: PerfBackwardRing, limit = Infinity): number[] {
  const values: number[] = []
  ring.drain((record) => values.push(record.u32(0)), limit)
  return values
}

describe('PerfBackwardRing', () => {
  it('hands over the newest record first, and each once', () => {
    const { writer, ring } = open()
    expect(drainU32(ring)).toEqual([])
    for (const value of [1, 2, 3]) writer.sampleU32(value)
    expect(drainU32(ring)).toEqual([3, 2, 1])
    writer.sampleU32(4)
    expect(ring.available).toBe(16)
    expect(drainU32(ring)).toEqual([4])
    expect(drainU32(ring)).toEqual([])
  })

  it('leaves out what a limit cuts off, for good', () => {
    const { writer, ring } = open()
    for (const value of [1, 2, 3]) writer.sampleU32(value)
    expect(drainU32(ring, 2)).toEqual([3, 2])
    expect(drainU32(ring)).toEqual([])
  })

  it('ends where it is interrupted, and where a visitor throws', () => {
    const { writer, ring } = open()
    for (const value of [1, 2, 3]) writer.sampleU32(value)
    const stop = (): void => {
      ring.interrupt()
    }
    expect(ring.drain(stop, Infinity)).toBe(1)
    writer.sampleU32(4)
    expect(() =>
      ring.drain(() => {
        throw new Error('four')
      }, Infinity),
    ).toThrow('four')
    expect(drainU32(ring)).toEqual([])
  })

  it('hands over the newest that fit, whatever was written before', () => {
    const sizes = fc.array(fc.nat(700), { minLength: 1, maxLength: 60, size: 'max' })
    fc.assert(
      fc.property(sizes, fc.nat(60), (lengths, drainAfter) => {
        const { writer, ring } = open()
        const written: Uint8Array[] = []
        lengths.forEach((length, index) => {
          const bytes = new Uint8Array(length).fill(index)
          writer.sample(bytes)
          written.unshift(bytes)
          if (index === drainAfter) {
            ring.drain(() => undefined, Infinity)
            written.length = 0
          }
        })
        let space = 0
        const expected = written.filter(({ length }) => (space += Math.ceil((12 + length) / 8) * 8) <= 4096)
        const seen: Uint8Array[] = []
        ring.drain((record) => seen.push(record.bytes(0, expected[seen.length]?.length ?? 0)), Infinity)
        expect(seen).toEqual(expected)
      }),
    )
  })

  it('finds memory that contradicts itself, and always ends', () => {
    const { writer, ring } = open()
    writer.head = -64n
    bpfErrorOf('RINGBUF_CORRUPT', () => drainU32(ring))
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffff_ffff), { minLength: 2, maxLength: 64 }),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (words, head) => {
          const { writer, records, ring } = open()
          const area = new Uint32Array(writer.memory.buffer, 4096)
          area.forEach((_, index) => {
            area[index] = words[index % words.length]!
          })
          writer.head = head & ~7n
          try {
            ring.drain((record) => record.bytes(), Infinity)
          } catch (error) {
            expect(error).toBeInstanceOf(BpfError)
          }
          expect(records.counts.records).toBeLessThanOrEqual(512)
        },
      ),
    )
  })
})

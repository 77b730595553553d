import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { PerfRecords } from '../../src/ringbuf/perf_records.ts'
import { PerfRing } from '../../src/ringbuf/perf_ring.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { PerfWriter, type PerfWriterOptions } from './perf_writer.ts'

interface OpenRing {
  readonly writer: PerfWriter
  readonly records: PerfRecords
  readonly ring: PerfRing
}

function open(options: PerfWriterOptions = {}): OpenRing {
  const writer = new PerfWriter(options)
  const records = new PerfRecords(writer.memory, { cpu: 3, map: 'events' })
  return { writer, records, ring: new PerfRing(writer.memory, records, 3, 'events') }
}

function drainU32(ring: PerfRing, limit = Infinity): number[] {
  const values: number[] = []
  ring.drain((record) => values.push(record.u32(0)), limit)
  return values
}

describe('PerfRing', () => {
  it('hands over samples with their cpu, in order, and gives their space back', () => {
    const { writer, ring } = open()
    for (const value of [1, 2, 3]) writer.sampleU32(value)
    const seen: [number, number][] = []
    expect(ring.drain((record, cpu) => seen.push([record.u32(0), cpu]), Infinity)).toBe(3)
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    expect(writer.tail).toBe(writer.head)
    expect(ring.ready).toBe(false)
  })

  it('ends at its limit, and goes on there', () => {
    const { writer, ring } = open()
    for (const value of [1, 2, 3]) writer.sampleU32(value)
    expect(drainU32(ring, 2)).toEqual([1, 2])
    expect(ring.available).toBe(16)
    expect(drainU32(ring, 0)).toEqual([])
    expect(drainU32(ring)).toEqual([3])
  })

  it('does not go past the head that it found when it began', () => {
    const { writer, ring } = open()
    writer.sampleU32(1)
    let value = 1
    ring.drain(() => writer.sampleU32(++value), Infinity)
    expect(value).toBe(2)
    expect(drainU32(ring)).toEqual([2])
  })

  it.each([8, 2, 1])('puts records together that wrap around, %i bytes of data', (length) => {
    const { writer, ring } = open({ position: 2n ** 32n - 8n })
    const bytes = Uint8Array.from({ length: 100 * length }, (_, index) => index)
    writer.sample(bytes)
    ring.drain((record) => {
      expect(record.bytes(0, bytes.length)).toEqual(bytes)
    }, 1)
    expect(writer.tail).toBe(writer.head)
  })

  it('counts what the kernel says was lost, and says it when it reads it', () => {
    const writer = new PerfWriter()
    const told: [number, number][] = []
    const records = new PerfRecords(writer.memory, { cpu: 1, map: undefined }, (lost, cpu) =>
      told.push([lost, cpu]),
    )
    const ring = new PerfRing(writer.memory, records, 1)
    while (writer.sampleU32(7));
    writer.sampleU32(7)
    expect(drainU32(ring)).toHaveLength(256)
    expect(records.counts.lost).toBe(0)
    writer.sampleU32(8)
    expect(drainU32(ring)).toEqual([8])
    expect(records.counts).toMatchObject({ lost: 2, records: 257, skipped: 0 })
    expect(told).toEqual([[2, 1]])
  })

  it('counts PERF_RECORD_LOST_SAMPLES too, and skips records of other kinds', () => {
    const { writer, records, ring } = open()
    writer.record(13, 16, [5, 0])
    writer.record(5, 32)
    writer.sampleU32(1)
    expect(drainU32(ring)).toEqual([1])
    expect(records.counts).toMatchObject({ lost: 5, skipped: 1 })
  })

  it('consumes the record that a visitor throws on, and leaves those behind it', () => {
    const { writer, ring } = open()
    for (const value of [1, 2, 3]) writer.sampleU32(value)
    expect(() =>
      ring.drain((record) => {
        if (record.u32(0) === 2) throw new Error('two')
      }, Infinity),
    ).toThrow('two')
    expect(ring.draining).toBe(false)
    expect(drainU32(ring)).toEqual([3])
  })

  it('ends after the record at which it is interrupted', () => {
    const { writer, ring } = open()
    for (const value of [1, 2]) writer.sampleU32(value)
    const interrupt = (): void => {
      ring.interrupt()
    }
    expect(ring.drain(interrupt, Infinity)).toBe(1)
    expect(drainU32(ring)).toEqual([2])
  })

  it('makes the record unreadable afterwards, in place or put together', () => {
    for (const position of [0n, 4096n - 8n]) {
      const { writer, ring } = open({ position })
      writer.sampleU32(1)
      let kept: { readonly length: number } | undefined
      ring.drain((record) => {
        kept = record
      }, 1)
      bpfErrorOf('RINGBUF_STALE_RECORD', () => kept?.length)
    }
  })

  it('remembers with mark() what was there', () => {
    const { writer, ring } = open({ position: 2n ** 32n - 16n })
    writer.sampleU32(1)
    writer.sampleU32(2)
    const isConsumed = ring.mark()
    writer.sampleU32(3)
    drainU32(ring, 1)
    expect(isConsumed()).toBe(false)
    drainU32(ring, 1)
    expect(isConsumed()).toBe(true)
  })

  it('gives space back while a long drain goes on', () => {
    const { writer, ring } = open()
    while (writer.sampleU32(1));
    const tails = new Set<bigint>()
    ring.drain(() => tails.add(writer.tail), Infinity)
    expect(tails.size).toBeGreaterThan(2)
  })
})

describe('PerfRing over memory that contradicts itself', () => {
  it.each([
    { what: 'a record without a size', spoil: (writer: PerfWriter) => writer.record(9, 0) },
    { what: 'a record that is smaller than its header', spoil: (writer: PerfWriter) => writer.record(9, 4) },
    { what: 'a size that is no multiple of 8', spoil: (writer: PerfWriter) => writer.record(9, 20) },
    {
      what: 'a record that goes past the head',
      spoil: (writer: PerfWriter) => {
        writer.record(9, 800, [1])
        writer.head = 16n
      },
    },
    {
      what: 'data that goes past its record',
      spoil: (writer: PerfWriter) => writer.record(9, 16, [0xffff_fff0]),
    },
    { what: 'a sample without data', spoil: (writer: PerfWriter) => writer.record(9, 8) },
    { what: 'a loss without a number', spoil: (writer: PerfWriter) => writer.record(2, 16, [1, 0]) },
    {
      what: 'positions too far apart',
      spoil: (writer: PerfWriter) => {
        writer.head += 8192n
      },
    },
    {
      what: 'positions between records',
      spoil: (writer: PerfWriter) => {
        writer.head += 3n
      },
    },
  ])('finds $what', ({ spoil }) => {
    const { writer, ring } = open({ size: 4096 })
    spoil(writer)
    const error = bpfErrorOf('RINGBUF_CORRUPT', () => drainU32(ring))
    expect(error.message).toContain('cpu 3')
  })

  it('refuses memory that no perf event has', () => {
    const buffer = new ArrayBuffer(8192)
    for (const size of [0, 4, 4097, 8192]) {
      bpfErrorOf(
        'RINGBUF_BAD_ARGUMENT',
        () => new PerfRecords({ buffer, dataOffset: 4096, size }, { cpu: 0, map: 'm' }),
      )
    }
  })

  it('ends with a result or a BpfError, whatever is in it', () => {
    const header = fc.record({
      type: fc.constantFrom(9, 2, 13, 1, 0xffff_ffff),
      size: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(16, 24, 32, 64) }, fc.nat(0xffff)),
      first: fc.oneof({ weight: 8, arbitrary: fc.nat(12) }, fc.nat(0xffff_ffff)),
    })
    let visited = 0
    let refused = 0
    fc.assert(
      fc.property(
        fc.array(header, { minLength: 1, maxLength: 8 }),
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.nat(520),
        (headers, tail, words) => {
          const { writer, records, ring } = open()
          const area = new DataView(writer.memory.buffer, 4096)
          for (let offset = 0, index = 0; offset < 4096; offset += 8, index++) {
            const { type, size, first } = headers[index % headers.length]!
            area.setUint32(offset, index % 2 === 0 ? type : first, true)
            area.setUint32(offset + 4, index % 2 === 0 ? size << 16 : 0, true)
          }
          writer.tail = BigInt.asUintN(64, tail & ~7n)
          writer.head = BigInt.asUintN(64, writer.tail + BigInt(words * 8))
          try {
            ring.drain((record) => record.bytes(), Infinity)
          } catch (error) {
            expect(error).toBeInstanceOf(BpfError)
            refused++
          }
          visited += records.counts.records
          expect(records.counts.records).toBeLessThanOrEqual(512)
        },
      ),
      { numRuns: 1000 },
    )
    expect(visited).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
  })
})

describe('PerfRing, whatever happens', () => {
  it('hands every sample that found space over once, in order, and knows how many did not', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.uint8Array({ maxLength: 500 }) },
      fc.constantFrom(0, 1, 5, Infinity),
    )
    const positions = fc.constantFrom(0n, 2n ** 32n - 512n, 2n ** 64n - 512n)
    fc.assert(
      fc.property(positions, fc.array(action, { maxLength: 120, size: 'max' }), (position, actions) => {
        const { writer, records, ring } = open({ position })
        let queue: Uint8Array[] = []
        let lost = 0
        for (const step of actions) {
          if (typeof step !== 'number') {
            if (writer.sample(step)) queue.push(step)
            else lost++
            continue
          }
          const seen: Uint8Array[] = []
          ring.drain((record) => seen.push(record.bytes(0, queue[seen.length]?.length ?? 0)), step)
          expect(seen).toEqual(queue.slice(0, step))
          queue = queue.slice(seen.length)
        }
        ring.drain(() => undefined, Infinity)
        if (writer.sampleU32(1)) ring.drain(() => undefined, Infinity)
        expect(records.counts.lost).toBe(lost)
      }),
    )
  })
})

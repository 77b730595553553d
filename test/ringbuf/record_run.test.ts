import { describe, expect, it } from 'vitest'
import { RecordRun } from '../../src/ringbuf/record_run.ts'
import { RingProducer } from './ring_producer.ts'

/** A run over the data area of `producer`. */
function runOver(producer: RingProducer, mostBytes = producer.size): RecordRun {
  const { memory, size } = producer
  return new RecordRun(new Int32Array(memory.producer, memory.dataOffset, size / 2), mostBytes)
}

function found(run: RecordRun, count: number): { readonly headers: number[]; readonly offsets: number[] } {
  return { headers: [...run.headers.slice(0, count)], offsets: [...run.offsets.slice(0, count + 1)] }
}

describe('RecordRun.scan', () => {
  it('finds the headers and places of finished records, discarded ones among them, and where they end', () => {
    const producer = new RingProducer()
    producer.output(new Uint8Array(4))
    producer.discard(producer.reserve(9)!)
    producer.output(new Uint8Array(64))
    const run = runOver(producer)
    expect(run.scan(0, 112, Infinity)).toBe(3)
    expect(found(run, 3)).toEqual({ headers: [4, 0x4000_0009, 64], offsets: [0, 16, 40, 112] })
  })

  it('ends in front of a busy record', () => {
    const producer = new RingProducer()
    producer.outputU32(1)
    producer.reserve(4)
    producer.outputU32(3)
    const run = runOver(producer)
    expect(run.scan(0, 48, Infinity)).toBe(1)
    expect(run.scan(16, 32, Infinity)).toBe(0)
    expect(run.scan(32, 16, Infinity)).toBe(1)
  })

  it('ends in front of a header that claims more than is reserved', () => {
    const producer = new RingProducer()
    producer.outputU32(1)
    producer.outputU32(2)
    producer.writeHeader(16, 9)
    const run = runOver(producer)
    expect(run.scan(0, 32, Infinity)).toBe(1)
    expect(run.scan(16, 16, Infinity)).toBe(0)
  })

  it('goes on into the second mapping where the records wrap around', () => {
    const producer = new RingProducer({ position: 4096n - 16n })
    for (const value of [1, 2, 3]) producer.outputU32(value)
    const run = runOver(producer)
    expect(run.scan(4080, 48, Infinity)).toBe(3)
    expect(found(run, 3)).toEqual({ headers: [4, 4, 4], offsets: [4080, 4096, 4112, 4128] })
  })

  it('reads nothing that is not reserved', () => {
    const producer = new RingProducer()
    producer.outputU32(1)
    producer.outputU32(2)
    expect(runOver(producer).scan(0, 0, Infinity)).toBe(0)
    expect(runOver(producer).scan(0, 16, Infinity)).toBe(1)
  })

  it('finds as many as are asked for, and never more than it has space for', () => {
    const producer = new RingProducer()
    while (producer.outputU32(1));
    const run = runOver(producer)
    expect(run.scan(0, 4080, 3)).toBe(3)
    expect(run.scan(0, 4080, Infinity)).toBe(run.headers.length)
    expect(run.offsets[run.headers.length]).toBe(16 * run.headers.length)
  })

  it('ends with the record that makes it as long as it may be', () => {
    const producer = new RingProducer()
    while (producer.outputU32(1));
    expect(runOver(producer, 40).scan(0, 4080, Infinity)).toBe(3)
    expect(runOver(producer, 16).scan(0, 4080, Infinity)).toBe(1)
  })
})

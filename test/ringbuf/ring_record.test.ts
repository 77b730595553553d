import { describe, expect, it } from 'vitest'
import { Ring } from '../../src/ringbuf/ring.ts'
import type { RingRecord } from '../../src/ringbuf/ring_record.ts'
import { RingProducer } from './ring_producer.ts'

/** Calls `visitor` with a record of these bytes, between two others of 0xff; returns what it returns. */
function withRecord<T>(bytes: Uint8Array, visitor: (record: RingRecord) => T): T {
  const producer = new RingProducer()
  const ring = new Ring(producer.memory, 'rb')
  const results: T[] = []
  for (const content of [new Uint8Array(16).fill(0xff), bytes, new Uint8Array(16).fill(0xff)])
    producer.output(content)
  ring.drain(() => undefined, 1)
  expect(ring.drain((record) => results.push(visitor(record)), 1)).toBe(1)
  return results[0]!
}

const tenBytes = Uint8Array.of(0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa)

describe('RingRecord', () => {
  it('reads integers of every size in place, little-endian', () => {
    const read = withRecord(tenBytes, (record) => ({
      unsigned: [record.u8(0), record.u16(1), record.u32(2), record.u64(2)],
      signed: [record.i8(0), record.i16(1), record.i32(2), record.i64(2)],
      length: record.length,
    }))
    expect(read.unsigned).toEqual([0xf1, 0xf3f2, 0xf6f5f4f3, 0xfaf9f8f7f6f5f4f3n])
    expect(read.signed).toEqual([-15, -3086, -151653133, BigInt.asIntN(64, 0xfaf9f8f7f6f5f4f3n)])
    expect(read.length).toBe(10)
  })

  it('copies all bytes, those from an offset on, or a part', () => {
    const copies = withRecord(tenBytes, (record) => [record.bytes(), record.bytes(7), record.bytes(1, 2)])
    expect(copies).toEqual([tenBytes, tenBytes.slice(7), tenBytes.slice(1, 3)])
    expect(copies[0]!.buffer.byteLength).toBe(10)
  })

  it('reads a char array up to its NUL, or to its end where it has none', () => {
    const text = new TextEncoder().encode('bäsh\0rest')
    expect(withRecord(text, (record) => record.string(0, 10))).toBe('bäsh')
    expect(withRecord(text, (record) => record.string(0, 3))).toBe('bä')
    expect(withRecord(text, (record) => record.string(5, 1))).toBe('')
    expect(withRecord(text, (record) => record.string(10, 0))).toBe('')
  })

  it('reads bytes that are no UTF-8 as U+FFFD', () => {
    expect(withRecord(Uint8Array.of(0x61, 0xff, 0x62), (record) => record.string(0, 3))).toBe('a\ufffdb')
  })

  it('hands a decoder the place of a record that is long enough', () => {
    const decoder = { size: 4, decode: (view: DataView, offset: number) => view.getUint32(offset, true) }
    expect(withRecord(tenBytes, (record) => record.decode(decoder))).toBe(0xf4f3f2f1)
  })

  it.each<[string, (record: RingRecord) => unknown]>([
    ['a byte behind it', (record) => record.u8(10)],
    ['an integer that ends behind it', (record) => record.u32(7)],
    ['a 64-bit integer that ends behind it', (record) => record.u64(3)],
    ['a byte before it', (record) => record.u8(-1)],
    ['a byte at NaN', (record) => record.i8(Number.NaN)],
    ['more bytes than it has', (record) => record.bytes(0, 11)],
    ['bytes from behind its end on', (record) => record.bytes(11)],
    ['a negative count of bytes', (record) => record.bytes(4, -4)],
    ['a char array that ends behind it', (record) => record.string(8, 3)],
    ['a type that is larger', (record) => record.decode({ size: 11, decode: () => 0 })],
  ])('refuses to read %s', (_, read) => {
    const failing = (): unknown => withRecord(tenBytes, read)
    expect(failing).toThrow(expect.objectContaining({ code: 'RINGBUF_OUT_OF_RECORD', map: 'rb' }))
    expect(failing).toThrow('it has 10 bytes')
  })

  it.each<[string, (record: RingRecord) => unknown]>([
    ['length', (record) => record.length],
    ['u8', (record) => record.u8(0)],
    ['i64', (record) => record.i64(0)],
    ['bytes', (record) => record.bytes()],
    ['bytes of no length', (record) => record.bytes(0, 0)],
    ['string', (record) => record.string(0, 0)],
    ['decode', (record) => record.decode({ size: 0, decode: () => 0 })],
  ])('refuses %s once its callback has returned', (_, read) => {
    const kept = withRecord(tenBytes, (record) => record)
    expect(() => read(kept)).toThrow(expect.objectContaining({ code: 'RINGBUF_STALE_RECORD' }))
  })

  it('is no record any more after a callback that threw', () => {
    const producer = new RingProducer()
    const ring = new Ring(producer.memory)
    producer.outputU32(1)
    const kept: RingRecord[] = []
    const failing = (record: RingRecord): void => {
      kept.push(record)
      throw new Error('stop')
    }
    expect(() => ring.drain(failing, 1)).toThrow('stop')
    expect(() => kept[0]!.u8(0)).toThrow(expect.objectContaining({ code: 'RINGBUF_STALE_RECORD' }))
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { Reader, type ReaderOptions } from '../../src/base/reader.ts'
import { bpfErrorOf } from './expect_error.ts'

function readerOf(bytes: readonly number[], options: Partial<ReaderOptions> = {}): Reader {
  return new Reader(Uint8Array.from(bytes), {
    endianness: 'little',
    fail: ({ offset, message }) => new BpfError('TEST_BAD', message, { offset }),
    ...options,
  })
}

const EIGHT = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf8]

describe('Reader', () => {
  it('reads little-endian integers in order', () => {
    const reader = readerOf([...EIGHT, ...EIGHT])
    expect(reader.u8()).toBe(0x01)
    expect(reader.u16()).toBe(0x0302)
    expect(reader.u8()).toBe(0x04)
    expect(reader.u32()).toBe(0xf8070605)
    expect(reader.u64()).toBe(0xf807060504030201n)
    expect(reader.remaining).toBe(0)
  })

  it('reads big-endian integers in order', () => {
    const reader = readerOf([...EIGHT, ...EIGHT], { endianness: 'big' })
    expect(reader.u16()).toBe(0x0102)
    expect(reader.u16()).toBe(0x0304)
    expect(reader.u32()).toBe(0x050607f8)
    expect(reader.u64()).toBe(0x01020304050607f8n)
  })

  it('reads signed 32-bit integers of both byte orders', () => {
    expect(readerOf([0xfe, 0xff, 0xff, 0xff]).i32()).toBe(-2)
    expect(readerOf([0xff, 0xff, 0xff, 0xfe], { endianness: 'big' }).i32()).toBe(-2)
  })

  it('reads within a view of a larger buffer', () => {
    const bytes = Uint8Array.from([9, 9, 1, 0, 9]).subarray(2, 4)
    const reader = new Reader(bytes, {
      endianness: 'little',
      fail: ({ message }) => new BpfError('TEST_BAD', message),
    })
    expect(reader.u16()).toBe(1)
    bpfErrorOf('TEST_BAD', () => reader.u8())
  })

  it.each([
    { what: 'u8', size: 1, read: (reader: Reader) => reader.u8() },
    { what: 'u16', size: 2, read: (reader: Reader) => reader.u16() },
    { what: 'u32', size: 4, read: (reader: Reader) => reader.u32() },
    { what: 'i32', size: 4, read: (reader: Reader) => reader.i32() },
    { what: 'u64', size: 8, read: (reader: Reader) => reader.u64() },
  ])(
    'fails where $what needs one byte more than there is, and says how many were needed',
    ({ size, read }) => {
      const error = bpfErrorOf('TEST_BAD', () => read(readerOf(EIGHT.slice(0, size - 1))))
      expect(error.message).toContain(`(${size} bytes) does not fit into the ${size - 1} bytes that are left`)
    },
  )

  it('names the bytes that could not be taken', () => {
    const reader = readerOf([1, 2, 3])
    reader.skip(1, 'the flags')
    const error = bpfErrorOf('TEST_BAD', () => reader.take(3, 'the string section'))
    expect(error.message).toBe('the string section (3 bytes) does not fit into the 2 bytes that are left')
  })

  it('stays where it was after a read that failed', () => {
    const reader = readerOf([1, 2, 3])
    reader.u8()
    bpfErrorOf('TEST_BAD', () => reader.u32())
    expect(reader.position).toBe(1)
    expect(reader.u16()).toBe(0x0302)
  })

  it('takes bytes as a view, not a copy', () => {
    const reader = readerOf([1, 2, 3, 4])
    reader.skip(1, 'a byte')
    const taken = reader.take(2, 'two bytes')
    expect([...taken]).toEqual([2, 3])
    expect(taken.buffer).toBe(reader.bytes.buffer)
  })

  it('seeks to any position, the end included', () => {
    const reader = readerOf([1, 2, 3, 4])
    expect(reader.seek(2).u16()).toBe(0x0403)
    expect(reader.seek(4).remaining).toBe(0)
    expect(reader.seek(0).u8()).toBe(1)
  })

  it.each([-1, 5, 1.5, NaN, Infinity, 2 ** 53])('does not seek to %d of 4 bytes', (position) => {
    bpfErrorOf('TEST_BAD', () => readerOf([1, 2, 3, 4]).seek(position))
  })

  it.each([-1, 5, 1.5, NaN, Infinity])('does not take %d of 4 bytes', (count) => {
    bpfErrorOf('TEST_BAD', () => readerOf([1, 2, 3, 4]).take(count, 'something'))
  })

  it('counts the offsets of errors from its origin', () => {
    const reader = readerOf([1, 2, 3], { origin: 100 })
    reader.u16()
    expect(bpfErrorOf('TEST_BAD', () => reader.u32()).offset).toBe(102)
    expect(bpfErrorOf('TEST_BAD', () => reader.seek(7)).offset).toBe(107)
  })

  it('blames the value that was read last, not the position behind it', () => {
    const reader = readerOf([1, 2, 3, 4, 5, 6], { origin: 10 })
    reader.u16()
    reader.u32()
    expect(reader.failure('too large').offset).toBe(12)
    expect(reader.failure('too large').message).toBe('too large')
    reader.seek(1)
    expect(reader.failure('bad').offset).toBe(11)
  })

  it('throws what `fail` makes and nothing else, whatever is read from whatever bytes', () => {
    const step = fc.oneof(
      fc.constantFrom('u8' as const, 'u16' as const, 'u32' as const, 'i32' as const, 'u64' as const),
      fc.record({ seek: fc.double() }),
      fc.record({ take: fc.oneof(fc.integer(), fc.double()) }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), fc.array(step, { maxLength: 20 }), (bytes, steps) => {
        const reader = readerOf([...bytes])
        for (const each of steps) {
          try {
            if (typeof each === 'string') reader[each]()
            else if ('seek' in each) reader.seek(each.seek)
            else expect(reader.take(each.take, 'bytes').length).toBe(each.take + 0)
          } catch (error) {
            expect(error).toBeInstanceOf(BpfError)
          }
          expect(reader.position + reader.remaining).toBe(bytes.length)
        }
      }),
    )
  })
})

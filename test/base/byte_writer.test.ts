import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../src/base/byte_writer.ts'

describe('ByteWriter', () => {
  it('writes integers in the byte order it was given', () => {
    const write = (endianness: 'little' | 'big'): number[] => [
      ...new ByteWriter(endianness).u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0fn).bytes(),
    ]
    expect(write('big')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    expect(write('little')).toEqual([1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8])
  })

  it('takes the low 64 bits of a bigint', () => {
    expect([...new ByteWriter('little').u64(-1n).bytes()]).toEqual(new Array<number>(8).fill(0xff))
  })

  it('aligns with zeros, and not where it is aligned already', () => {
    const writer = new ByteWriter('little').u8(1).align(4)
    expect([...writer.align(4).bytes()]).toEqual([1, 0, 0, 0])
  })

  it('keeps everything when it outgrows its memory, whatever is written then', () => {
    const start = new Uint8Array(255).fill(7)
    expect(new ByteWriter('little').raw(start).u8(1).u8(2).bytes().subarray(254)).toEqual(
      Uint8Array.of(7, 1, 2),
    )
    expect([...new ByteWriter('little').raw(start).u32(9).bytes().subarray(255)]).toEqual([9, 0, 0, 0])
    expect([...new ByteWriter('little').raw(start).u64(9n).bytes().subarray(255)]).toEqual([
      9,
      ...new Array<number>(7).fill(0),
    ])
    const large = new ByteWriter('big').raw(start).raw(new Uint8Array(5000).fill(3))
    expect(large.length).toBe(5255)
    expect(large.bytes()[5254]).toBe(3)
  })

  it('gives copies', () => {
    const writer = new ByteWriter('little').u8(1)
    writer.bytes()[0] = 9
    expect(writer.bytes()[0]).toBe(1)
  })
})

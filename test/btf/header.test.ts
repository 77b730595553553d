import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { addBasics } from './build.ts'
import { expectBtfError } from './expect_code.ts'

function bytes(): Uint8Array {
  const builder = new BtfBuilder()
  addBasics(builder)
  return builder.finish({ endianness: 'little' })
}

function withWord(at: number, word: number): Uint8Array {
  const result = bytes()
  new DataView(result.buffer).setUint32(at, word, true)
  return result
}

const parse = (input: Uint8Array): Btf => Btf.parse(input, { name: 'test' })

describe('the BTF header', () => {
  it('is refused where it is cut off', () => {
    for (let length = 0; length < 24; length++) {
      const error = expectBtfError(
        () => parse(bytes().subarray(0, length)),
        length < 8 ? 'BTF_TRUNCATED' : 'BTF_BAD_HEADER',
      )
      expect(error.object).toBe('test')
    }
  })

  it.each([
    ['another magic', 0, 0x01000000],
    ['another version', 0, 0x0002eb9f],
    ['a short header', 4, 20],
    ['a header longer than everything', 4, 0xffffffff],
    ['types outside of the bytes', 8, 0xfffffffc],
    ['types at an odd offset', 8, 1],
    ['types of an odd length', 12, 5],
    ['types longer than the bytes', 12, 0xfffffffc],
    ['strings outside of the bytes', 16, 0xffffffff],
    ['strings longer than the bytes', 20, 0xffffffff],
  ])('with %s is refused', (_, at, word) => {
    expectBtfError(() => parse(withWord(at, word)), 'BTF_BAD_HEADER')
  })

  it('may be longer than we know', () => {
    const short = bytes()
    const long = new Uint8Array(short.length + 16)
    long.set(short.subarray(0, 24))
    long.set(short.subarray(24), 40)
    new DataView(long.buffer).setUint32(4, 40, true)
    expect(parse(long).typeCount).toBe(5)
  })
})

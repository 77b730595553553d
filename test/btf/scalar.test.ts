import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBits, readScalar, writeBits, writeScalar } from '../../src/btf/scalar.ts'
import type { BitsShape, ScalarFormat } from '../../src/btf/value_shape.ts'

const integers: [ScalarFormat, number, boolean][] = [
  ['u8', 8, false],
  ['i8', 8, true],
  ['u16', 16, false],
  ['i16', 16, true],
  ['u32', 32, false],
  ['i32', 32, true],
  ['u64', 64, false],
  ['i64', 64, true],
  ['u128', 128, false],
  ['i128', 128, true],
]

describe.each([true, false])('with little-endian memory: %s', (littleEndian) => {
  it.each(integers)('an %s is read as it was written', (format, bits, signed) => {
    const value = signed
      ? fc.bigInt({ min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n })
      : fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
    fc.assert(
      fc.property(value, (number) => {
        const view = new DataView(new ArrayBuffer(24))
        writeScalar(format, number, view, 3, littleEndian)
        expect(readScalar(format, view, 3, littleEndian)).toEqual(bits <= 32 ? Number(number) : number)
      }),
    )
  })

  it('bits are read as they were written, and their neighbours are left alone', () => {
    const anyBits = fc
      .tuple(
        fc.nat(7),
        fc.integer({ min: 1, max: 64 }),
        fc.boolean(),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      )
      .map(([bit, bits, signed, raw]) => ({ bit, bits, signed, raw }))
    fc.assert(
      fc.property(
        anyBits,
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        ({ bit, bits, signed, raw }, memory) => {
          const size = Math.ceil((bit + bits) / 8)
          const shape: BitsShape = {
            kind: 'bits',
            size,
            bit,
            bits,
            signed,
            result: bits > 32 ? 'bigint' : 'number',
          }
          const value = signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw)
          const before = memory.slice()
          const view = new DataView(memory.buffer)
          const earlier = readBits(shape, view, 1, littleEndian)
          writeBits(shape, value, view, 1, littleEndian)
          expect(BigInt(readBits(shape, view, 1, littleEndian))).toBe(value)
          writeBits(shape, BigInt(earlier), view, 1, littleEndian)
          expect(memory).toEqual(before)
        },
      ),
    )
  })
})

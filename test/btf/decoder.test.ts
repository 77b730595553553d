import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { createDecoder } from '../../src/btf/decoder.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import type { BtfValue } from '../../src/btf/value.ts'
import { addBasics, built, viewOf } from './build.ts'
import { expectBtfError } from './expect_code.ts'

function decoded(
  add: (b: BtfBuilder) => TypeId,
  bytes: number[],
  endianness: 'little' | 'big' = 'little',
): BtfValue {
  const { btf, ids } = built(add, { endianness })
  return createDecoder(btf, ids)(viewOf(...bytes), 0)
}

const ff = (count: number): number[] => Array.from({ length: count }, () => 0xff)
const enumerators = [
  { name: 'NONE', value: 0n },
  { name: 'NULL', value: 0n },
  { name: 'MINUS', value: -1n },
]

describe('a decoder', () => {
  const scalars: [string, (b: BtfBuilder) => TypeId, number[], BtfValue][] = [
    ['an unsigned int of 1 byte', (b) => b.addInt('u8', 1), [0xfe], 0xfe],
    ['a signed int of 1 byte', (b) => b.addInt('s8', 1, { encoding: 'signed' }), [0xfe], -2],
    ['an unsigned int of 2 bytes', (b) => b.addInt('u16', 2), [2, 1], 0x0102],
    ['a signed int of 2 bytes', (b) => b.addInt('s16', 2, { encoding: 'signed' }), ff(2), -1],
    ['an unsigned int of 4 bytes', (b) => b.addInt('u32', 4), ff(4), 0xffffffff],
    ['a signed int of 4 bytes', (b) => b.addInt('s32', 4, { encoding: 'signed' }), ff(4), -1],
    ['an unsigned int of 8 bytes', (b) => b.addInt('u64', 8), ff(8), 0xffffffffffffffffn],
    ['a signed int of 8 bytes', (b) => b.addInt('s64', 8, { encoding: 'signed' }), ff(8), -1n],
    ['an unsigned int of 16 bytes', (b) => b.addInt('u128', 16), [1, ...ff(15)], (1n << 128n) - 255n],
    ['a signed int of 16 bytes', (b) => b.addInt('s128', 16, { encoding: 'signed' }), ff(16), -1n],
    ['a bool', (b) => b.addInt('bool', 1, { encoding: 'bool' }), [2], true],
    ['a float', (b) => b.addFloat('float', 4), [0, 0, 0xc0, 0x3f], 1.5],
    ['a double', (b) => b.addFloat('double', 8), [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
    ['a pointer', (b) => b.addPtr(VOID), [1, 0, 0, 0, 0, 0, 0, 0x80], 0x8000000000000001n],
    [
      'an enumerator that has two names',
      (b) => b.addEnum('e', { size: 4, signed: true, enumerators }),
      [0, 0, 0, 0],
      'NONE',
    ],
    ['a negative enumerator', (b) => b.addEnum('e', { size: 2, signed: true, enumerators }), ff(2), 'MINUS'],
    [
      'a negative enumerator of an enum without sign',
      (b) => b.addEnum('e', { size: 1, signed: false, enumerators }),
      ff(1),
      'MINUS',
    ],
    [
      'an enum value without a name',
      (b) => b.addEnum('e', { size: 4, signed: true, enumerators }),
      [7, 0, 0, 0],
      7,
    ],
    ['a 64-bit enumerator', (b) => b.addEnum64('e', { size: 8, signed: true, enumerators }), ff(8), 'MINUS'],
    [
      'a 64-bit enum value without a name',
      (b) => b.addEnum64('e', { size: 8, signed: false, enumerators }),
      [7, 0, 0, 0, 0, 0, 0, 0],
      7n,
    ],
  ]
  it.each(scalars)('reads %s', (_, add, bytes, expected) => {
    expect(decoded(add, bytes)).toBe(expected)
  })

  it('reads big-endian values', () => {
    expect(decoded((b) => b.addInt('u32', 4), [1, 2, 3, 4], 'big')).toBe(0x01020304)
    expect(decoded((b) => b.addInt('u128', 16), [...Array<number>(15).fill(0), 9], 'big')).toBe(9n)
  })

  it('reads char arrays as strings cut at NUL, and arrays of unsigned char as numbers', () => {
    const text = (b: BtfBuilder): TypeId => b.addArray(b.addTypedef('c', addBasics(b).char), typeId(1), 4)
    expect(decoded(text, [0x61, 0x62, 0, 0x63])).toBe('ab')
    expect(decoded(text, [0x61, 0x62, 0x63, 0x64])).toBe('abcd')
    expect(decoded(text, [0xc3, 0xa4, 0xff, 0x61])).toBe('ä\ufffda')
    expect(decoded(text, [0, 0xff, 0, 0])).toBe('')
    expect(decoded((b) => b.addArray(addBasics(b).u8, typeId(1), 3), [1, 2, 3])).toEqual([1, 2, 3])
  })

  it('reads nested structs, unions and arrays, and flattens anonymous members', () => {
    const add = (b: BtfBuilder): TypeId => {
      const { u8, u32, int } = addBasics(b)
      const inner = b.addStruct('', 4, [
        { name: 'x', type: u8, bitOffset: 0 },
        { name: 'grid', type: b.addArray(b.addArray(u8, int, 1), int, 2), bitOffset: 8 },
      ])
      const union = b.addUnion('u', 4, [
        { name: 'whole', type: u32, bitOffset: 0 },
        { name: 'low', type: u8, bitOffset: 0 },
      ])
      return b.addStruct('s', 12, [
        { name: 'first', type: u32, bitOffset: 0 },
        { name: '', type: inner, bitOffset: 32 },
        { name: '', type: u32, bitOffset: 32 },
        { name: 'word', type: union, bitOffset: 64 },
      ])
    }
    expect(decoded(add, [1, 0, 0, 0, 2, 3, 4, 0, 5, 1, 0, 0])).toEqual({
      first: 1,
      x: 2,
      grid: [[3], [4]],
      word: { whole: 0x105, low: 5 },
    })
  })

  it('starts at the offset that it is given', () => {
    const { btf, ids } = built((b) => b.addInt('u8', 1))
    expect(createDecoder(btf, ids)(viewOf(1, 2, 3), 2)).toBe(3)
  })

  it.each([1, -1, 0.5, NaN, 1e12])('refuses offset %d where the view ends too early', (offset) => {
    const { btf, ids } = built((b) => b.addInt('u32', 4))
    expectBtfError(() => createDecoder(btf, ids)(viewOf(1, 2, 3, 4), offset), 'BTF_BAD_VALUE')
  })

  it('is made in no time for a huge struct whose members share types many levels deep', () => {
    const { btf, ids } = built((b) => {
      let id = b.addInt('int', 4)
      for (let level = 0; level < 16; level++) {
        const size = level === 15 ? 0xffffffff : 4
        id = b.addStruct(
          's',
          size,
          ['a', 'b', 'c', 'd'].map((name) => ({ name, type: id, bitOffset: 0 })),
        )
      }
      return id
    })
    expectBtfError(() => createDecoder(btf, ids)(viewOf(1, 2, 3, 4), 0), 'BTF_BAD_VALUE')
  })

  it('takes a member called __proto__ for a member', () => {
    const add = (b: BtfBuilder): TypeId =>
      b.addStruct('s', 4, [{ name: '__proto__', type: b.addInt('u32', 4), bitOffset: 0 }])
    const { btf, ids } = built((b) => {
      b.addInt('pad', 4)
      return add(b)
    })
    const value = createDecoder(btf, ids)(viewOf(9, 0, 0, 0), 0)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.entries(value)).toEqual([['__proto__', 9]])
  })

  it('takes names that look like code for names', () => {
    const names = ['"', '\\', '`${x}`', '\u2028', "'+1", 'constructor', '});throw 1;({']
    const { btf, ids } = built((b) => {
      const type = b.addInt('u8', 1)
      return b.addStruct(
        's',
        8,
        names.map((name, index) => ({ name, type, bitOffset: index * 8 })),
      )
    })
    const value = createDecoder(btf, ids)(viewOf(0, 1, 2, 3, 4, 5, 6, 7), 0)
    expect(Object.entries(value)).toEqual(names.map((name, index) => [name, index]))
  })
})

describe('bitfields', () => {
  // struct flags of test/fixtures/btf/kinds.bpf.c: low 3, padding 2, high 20, sign 5; wide 40, tint 8 in the next u64.
  const bits = (value: bigint, shift: bigint): bigint => value << shift
  const expected = { low: 5, high: 0xabcde, sign: -3, wide: 0x123456789an, tint: 'GREEN' }

  it.each([
    [
      'clang14',
      bits(5n, 0n) | bits(0xabcden, 5n) | bits(0x1dn, 25n),
      bits(0x123456789an, 0n) | bits(5n, 40n),
    ],
    [
      'clang19',
      bits(5n, 0n) | bits(0xabcden, 5n) | bits(0x1dn, 25n),
      bits(0x123456789an, 0n) | bits(5n, 40n),
    ],
    [
      'clang19-big',
      bits(5n, 29n) | bits(0xabcden, 7n) | bits(0x1dn, 2n),
      bits(0x123456789an, 24n) | bits(5n, 16n),
    ],
  ])('of %s are read where the compiler put them', (compiler, word, wide) => {
    const bytes = readFileSync(new URL(`../fixtures/btf/${compiler}.btf`, import.meta.url))
    const btf = Btf.parse(bytes, { name: compiler })
    const little = btf.endianness === 'little'
    const view = new DataView(new ArrayBuffer(16))
    view.setUint32(0, Number(word), little)
    view.setBigUint64(8, wide, little)
    expect(createDecoder(btf, btf.find('flags', 'struct')!.id)(view, 0)).toEqual(expected)
  })

  it('may be described by an int with fewer bits than its bytes, as compilers did before kind_flag', () => {
    const { btf, ids } = built((b) => {
      const int = b.addInt('int', 4, { encoding: 'signed', bitOffset: 2, bits: 4 })
      return b.addStruct('s', 4, [{ name: 'x', type: int, bitOffset: 8 }])
    })
    expect(createDecoder(btf, ids)(viewOf(0, 0b0011_1000, 0, 0), 0)).toEqual({ x: -2 })
  })

  it('of more than 32 bits cross bytes', () => {
    const { btf, ids } = built((b) => {
      const u64 = b.addInt('u64', 8)
      return b.addStruct('s', 16, [{ name: 'x', type: u64, bitOffset: 7, bitfieldSize: 64 }])
    })
    const view = viewOf(0x80, ...ff(7), 0x7f, ...Array<number>(7).fill(0))
    expect(createDecoder(btf, ids)(view, 0)).toEqual({ x: 0xffffffffffffffffn })
  })

  it('of bool are true and false', () => {
    const { btf, ids } = built((b) => {
      const bool = b.addInt('bool', 1, { encoding: 'bool' })
      return b.addStruct('s', 1, [
        { name: 'a', type: bool, bitOffset: 0, bitfieldSize: 1 },
        { name: 'b', type: bool, bitOffset: 1, bitfieldSize: 1 },
      ])
    })
    expect(createDecoder(btf, ids)(viewOf(2), 0)).toEqual({ a: false, b: true })
  })
})

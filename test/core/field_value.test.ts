import { describe, expect, it } from 'vitest'
import type { Endianness } from '../../src/base/reader.ts'
import { type FieldAccess, parseFieldAccess } from '../../src/core/access.ts'
import { fieldValue } from '../../src/core/field_value.ts'
import { coreKinds } from '../../src/core/kinds.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { at, bits } from './members.ts'

/**
 * The expected values are worked out by hand, by the rules of bpf_core_calc_field_relo (libbpf's src/relo_core.c): the
 * window starts with the declared type's size and doubles until it covers the field; rshift is 64 - bits; lshift is
 * 64 - (bits from the window's start to the field's end) on little-endian, and (8 - window size) * 8 + (bits from the
 * window's start to the field) on big-endian machines.
 */
const PLAIN = [
  'half',
  'word',
  'small',
  'text',
  'pointer',
  'flag',
  'level',
  'wide',
  'inner',
  'quad',
  'real',
] as const
const PACKED = ['b5', 'c20', 'straddle', 'byte', 'bytes4', 'wide40', 'mode', 'lost'] as const

function typesOf(endianness: Endianness) {
  return built(
    (builder) => {
      const { int, u8, u32, u64, char } = addBasics(builder)
      const u16 = builder.addInt('unsigned short', 2)
      const low = { name: 'LOW', value: -1n }
      const level = builder.addEnum('level', { size: 4, signed: true, enumerators: [low] })
      const wide = builder.addEnum64('wide', {
        size: 8,
        signed: false,
        enumerators: [{ name: 'HIGH', value: 1n << 40n }],
      })
      const plain = builder.addStruct('plain', 112, [
        at(10, 'half', u16),
        at(12, 'word', int),
        at(16, 'small', builder.addModifier('const', builder.addTypedef('s8', char))),
        at(20, 'text', builder.addArray(char, int, 16)),
        at(40, 'pointer', builder.addPtr(int)),
        at(48, 'flag', builder.addInt('_Bool', 1, { encoding: 'bool' })),
        at(52, 'level', level),
        at(56, 'wide', wide),
        at(64, 'inner', builder.addStruct('inner', 12, [at(0, 'a', int)])),
        at(80, 'quad', u64),
        at(96, 'real', builder.addFloat('double', 8)),
      ])
      const packed = builder.addStruct('packed', 24, [
        bits(3, 5, 'b5', u32),
        bits(40, 20, 'c20', int),
        bits(24, 16, 'straddle', u32),
        bits(4, 6, 'byte', u8),
        bits(12, 6, 'bytes4', u8),
        bits(64 + 20, 40, 'wide40', u64),
        bits(98, 2, 'mode', level),
        bits(60, 10, 'lost', u64),
      ])
      return { plain, packed, int }
    },
    { endianness },
  )
}

const types = { little: typesOf('little'), big: typesOf('big') }

function plain(name: (typeof PLAIN)[number], endianness: Endianness = 'little'): FieldAccess {
  const { btf, ids } = types[endianness]
  return parseFieldAccess(btf, ids.plain, `0:${PLAIN.indexOf(name)}`)
}

function packed(name: (typeof PACKED)[number], endianness: Endianness = 'little'): FieldAccess {
  const { btf, ids } = types[endianness]
  return parseFieldAccess(btf, ids.packed, `0:${PACKED.indexOf(name)}`)
}

describe('fieldValue of a field that is no bitfield', () => {
  it.each([
    ['half', 10n, 2n, 48n],
    ['word', 12n, 4n, 32n],
    ['small', 16n, 1n, 56n],
    ['pointer', 40n, 8n, 0n],
    ['quad', 80n, 8n, 0n],
    ['level', 52n, 4n, 32n],
  ] as const)(
    'knows that %s is at byte %i, has %i bytes, and is shifted by %i both ways',
    (name, offset, size, shift) => {
      for (const endianness of ['little', 'big'] as const) {
        const access = plain(name, endianness)
        expect(fieldValue('field_byte_offset', access).value).toBe(offset)
        expect(fieldValue('field_byte_size', access).value).toBe(size)
        expect(fieldValue('field_lshift_u64', access).value).toBe(shift)
        expect(fieldValue('field_rshift_u64', access).value).toBe(shift)
      }
    },
  )

  it.each([
    ['word', 1n],
    ['small', 1n],
    ['level', 1n],
    ['half', 0n],
    ['wide', 0n],
    ['flag', 0n],
    ['pointer', 0n],
    ['inner', 0n],
    ['text', 0n],
    ['real', 0n],
  ] as const)('answers the question whether %s is signed with %i', (name, signed) => {
    expect(fieldValue('field_signed', plain(name)).value).toBe(signed)
  })

  it('gives an array the size of all its elements, and a memory access the size of one', () => {
    expect(fieldValue('field_byte_size', plain('text')).value).toBe(16n)
    expect(fieldValue('field_byte_offset', plain('text')).memory?.size).toBe(1)
    expect(fieldValue('field_byte_offset', plain('inner')).memory?.size).toBe(12)
  })

  it('is certain of every value, since clang computes it the same way', () => {
    for (const kind of coreKinds) {
      if (kind.family !== 'field' || kind.name === 'field_exists') continue
      expect(fieldValue(kind.name, plain('half')).certain, kind.name).toBe(true)
    }
  })
})

describe('fieldValue of a bitfield', () => {
  it.each([
    // name, offset, size, lshift little, lshift big, rshift
    ['b5', 0n, 4n, 56n, 35n, 59n],
    ['c20', 4n, 4n, 36n, 40n, 44n],
    ['straddle', 0n, 8n, 24n, 24n, 48n],
    ['byte', 0n, 2n, 54n, 52n, 58n],
    ['bytes4', 0n, 4n, 46n, 44n, 58n],
    ['wide40', 8n, 8n, 4n, 20n, 24n],
    ['mode', 12n, 4n, 60n, 34n, 62n],
  ] as const)(
    'loads %s from byte %i with %i bytes, shifts left by %i (big-endian %i) and right by %i',
    (name, offset, size, little, big, right) => {
      const access = packed(name)
      expect(fieldValue('field_byte_offset', access).value).toBe(offset)
      expect(fieldValue('field_byte_size', access).value).toBe(size)
      expect(fieldValue('field_lshift_u64', access).value).toBe(little)
      expect(fieldValue('field_lshift_u64', packed(name, 'big')).value).toBe(big)
      expect(fieldValue('field_rshift_u64', access).value).toBe(right)
    },
  )

  it('takes the sign from the declared type', () => {
    expect(fieldValue('field_signed', packed('c20')).value).toBe(1n)
    expect(fieldValue('field_signed', packed('b5')).value).toBe(0n)
    expect(fieldValue('field_signed', packed('mode')).value).toBe(1n)
  })

  it('is certain of the sign and the right shift alone, since clang may load another word', () => {
    const certain = coreKinds.flatMap(({ family, name }) =>
      family === 'field' && name !== 'field_exists' && fieldValue(name, packed('b5')).certain ? [name] : [],
    )
    expect(certain).toEqual(['field_signed', 'field_rshift_u64'])
  })

  it('names no memory access, so that no load is resized for it', () => {
    expect(fieldValue('field_byte_offset', packed('b5')).memory).toBeUndefined()
  })

  it('refuses one that no aligned 64-bit load covers', () => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => fieldValue('field_byte_offset', packed('lost')))
    expect(error.message).toContain('bitfield lost at bit 60 (10 bits)')
  })
})

describe('fieldValue of an array element', () => {
  const element = (index: number): FieldAccess => {
    const { btf, ids } = types.little
    return parseFieldAccess(btf, ids.plain, `0:${PLAIN.indexOf('text')}:${index}`)
  }

  it('has an offset and a size', () => {
    expect(fieldValue('field_byte_offset', element(3))).toMatchObject({
      value: 23n,
      certain: true,
      memory: { size: 1 },
    })
    expect(fieldValue('field_byte_size', element(3))).toMatchObject({ value: 1n, certain: true })
  })

  it('is the whole root where the access goes no further', () => {
    const { btf, ids } = types.little
    const root = parseFieldAccess(btf, ids.plain, '2')
    expect(fieldValue('field_byte_offset', root).value).toBe(224n)
    expect(fieldValue('field_byte_size', root).value).toBe(112n)
  })

  it.each(['field_signed', 'field_lshift_u64', 'field_rshift_u64'] as const)(
    'has nothing that %s asks for',
    (kind) => {
      const error = bpfErrorOf('CORE_BAD_RELOCATION', () => fieldValue(kind, element(0)))
      expect(error.message).toContain(kind)
    },
  )
})

describe('fieldValue of a flexible array', () => {
  it('has no bytes, and its memory access is that of one element, as in a kernel that gave it a length', () => {
    const { btf, ids } = built((builder) => {
      const { int, u32 } = addBasics(builder)
      return builder.addStruct('s', 4, [
        at(4, 'tail', builder.addArray(builder.addArray(u32, int, 0), int, 0)),
      ])
    })
    const access = parseFieldAccess(btf, ids, '0:0')
    expect(fieldValue('field_byte_size', access).value).toBe(0n)
    expect(fieldValue('field_byte_offset', access).memory?.size).toBe(4)
  })
})

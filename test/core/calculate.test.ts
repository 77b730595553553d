import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { type FieldAccess, parseFieldAccess } from '../../src/core/access.ts'
import {
  calculateEnumerator,
  calculateField,
  calculateType,
  type CoreResult,
  type MemorySize,
  sameResult,
} from '../../src/core/calculate.ts'
import { type EnumeratorReference, parseEnumerator } from '../../src/core/enumerator.ts'
import type { TypeKindName } from '../../src/core/kinds.ts'
import type { TypeReference } from '../../src/core/type_reference.ts'
import type { Endianness } from '../../src/base/reader.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { addBasics, type Basics, built } from '../btf/build.ts'
import { at, bits } from './members.ts'
import { fwd, int as numbers, shaped, struct } from './shapes.ts'

type Build = (builder: BtfBuilder, basics: Basics) => TypeId

/** The access to the only member of a struct, `offset` bytes into it. */
function only(type: Build, offset = 0): FieldAccess {
  const { btf, ids } = built((builder) =>
    builder.addStruct('s', 64, [at(offset, 'field', type(builder, addBasics(builder)))]),
  )
  return parseFieldAccess(btf, ids, '0:0')
}

const int: Build = (_, basics) => basics.int
const u32: Build = (_, basics) => basics.u32
const u64: Build = (_, basics) => basics.u64
const u8: Build = (_, basics) => basics.u8
const ptr: Build = (builder, basics) => builder.addPtr(basics.int)
const bool: Build = (builder) => builder.addInt('_Bool', 1, { encoding: 'bool' })
const enum8: Build = (builder) => builder.addEnum('e', { size: 8, signed: false, enumerators: [] })
const struct8: Build = (builder) => builder.addStruct('', 8, [])
const struct16: Build = (builder) => builder.addStruct('', 16, [])
const arrayOf =
  (element: Build, length: number): Build =>
  (builder, basics) =>
    builder.addArray(element(builder, basics), basics.int, length)

describe('calculateField', () => {
  it('answers existence with 1 or 0, where clang left 1', () => {
    const value = (target: FieldAccess | undefined): CoreResult =>
      calculateField('field_exists', only(int), target)
    expect(value(only(int, 8))).toEqual({
      kind: 'value',
      expected: 1n,
      value: 1n,
      memory: { kind: 'unchanged' },
    })
    expect(value(undefined)).toEqual({
      kind: 'value',
      expected: 1n,
      value: 0n,
      memory: { kind: 'unchanged' },
    })
  })

  it.each([
    'field_byte_offset',
    'field_byte_size',
    'field_signed',
    'field_lshift_u64',
    'field_rshift_u64',
  ] as const)('asks for poison where %s has no field to look at', (kind) => {
    expect(calculateField(kind, only(int), undefined)).toEqual({ kind: 'poison' })
  })

  it('expects the local value in the instruction, and gives the target’s', () => {
    expect(calculateField('field_byte_offset', only(int, 4), only(int, 40))).toEqual({
      kind: 'value',
      expected: 4n,
      value: 40n,
      memory: { kind: 'unchanged' },
    })
    expect(calculateField('field_signed', only(int), only(u32))).toMatchObject({ expected: 1n, value: 0n })
  })

  it('expects nothing of a local bitfield, whatever the target has', () => {
    const { btf, ids } = built((builder) =>
      builder.addStruct('s', 8, [bits(35, 3, 'field', addBasics(builder).u32)]),
    )
    const bitfield = parseFieldAccess(btf, ids, '0:0')
    expect(calculateField('field_byte_offset', bitfield, only(u32, 8))).toMatchObject({
      expected: undefined,
      value: 8n,
    })
    expect(calculateField('field_byte_offset', only(u32, 8), bitfield)).toMatchObject({
      expected: 8n,
      value: 4n,
    })
  })
})

describe('the size of a memory access', () => {
  function memory(local: Build, target: Build): MemorySize {
    const result = calculateField('field_byte_offset', only(local), only(target))
    return result.kind === 'value' ? result.memory : expect.fail('poisoned')
  }

  it.each([
    ['integers', int, int],
    ['an unsigned and a signed integer', u32, int],
    ['arrays of other lengths', arrayOf(u32, 4), arrayOf(u32, 100)],
    ['an array and a flexible array', arrayOf(u32, 4), arrayOf(u32, 0)],
  ])('stays for %s of one size', (_, local, target) => {
    expect(memory(local, target)).toEqual({ kind: 'unchanged' })
  })

  it.each([
    ['unsigned integers', u32, u64, 4, 8],
    ['unsigned integers that shrink', u64, u8, 8, 1],
    ['a bool that becomes an integer', bool, u32, 1, 4],
  ])('changes for %s', (_, local, target, from, to) => {
    expect(memory(local, target)).toEqual({ kind: 'resized', from, to })
  })

  it.each([
    ['a signed integer', int, u64],
    ['an integer that becomes signed', u64, int],
    ['an enum', enum8, u32],
    ['a struct', struct8, struct16],
    ['the elements of an array', arrayOf(u32, 4), arrayOf(u64, 4)],
    ['a pointer that becomes an integer', ptr, u32],
  ])('is unsafe to change for %s', (_, local, target) => {
    expect(memory(local, target).kind).toBe('unsafe')
  })

  it('stays for two pointers, whatever they point to', () => {
    expect(memory(ptr, (builder) => builder.addPtr(struct16(builder, addBasics(builder))))).toEqual({
      kind: 'unchanged',
    })
  })

  it('is unsafe to change where a plain field became a bitfield', () => {
    const { btf, ids } = built((builder) =>
      builder.addStruct('s', 8, [bits(0, 3, 'field', addBasics(builder).u32)]),
    )
    const result = calculateField('field_byte_offset', only(u32), parseFieldAccess(btf, ids, '0:0'))
    expect(result).toMatchObject({ memory: { kind: 'unsafe', from: 4, to: 0 } })
  })

  it('only matters for byte offsets', () => {
    expect(calculateField('field_byte_size', only(int), only(u64))).toMatchObject({
      expected: 4n,
      value: 8n,
      memory: { kind: 'unchanged' },
    })
  })
})

describe('calculateType', () => {
  const local = shaped(struct('s', { a: numbers }))
  const target = shaped((builder) => builder.addStruct('s', 4, []))
  const value = (kind: TypeKindName, found: TypeReference | undefined): CoreResult =>
    calculateType(kind, local, found)
  const answer = (expected: bigint | undefined, result: bigint): CoreResult => ({
    kind: 'value',
    expected,
    value: result,
    memory: { kind: 'unchanged' },
  })

  it('gives ids, and expects none, since a linker may have changed them', () => {
    expect(value('type_id_local', undefined)).toEqual(answer(undefined, BigInt(local.id)))
    expect(value('type_id_target', target)).toEqual(answer(undefined, BigInt(target.id)))
  })

  it('answers existence and likeness with 1, where clang left 1', () => {
    expect(value('type_exists', target)).toEqual(answer(1n, 1n))
    expect(value('type_matches', target)).toEqual(answer(1n, 1n))
  })

  it('gives the target’s size, where clang left the local one', () => {
    expect(value('type_size', target)).toEqual(answer(64n, 4n))
  })

  it('answers everything with 0 where there is no such type', () => {
    expect(value('type_id_target', undefined)).toEqual(answer(undefined, 0n))
    expect(value('type_exists', undefined)).toEqual(answer(1n, 0n))
    expect(value('type_matches', undefined)).toEqual(answer(1n, 0n))
    expect(value('type_size', undefined)).toEqual(answer(64n, 0n))
  })

  it('refuses to tell the size of what has none, in the object or in the target', () => {
    const forward = shaped(fwd('s', 'struct'))
    bpfErrorOf('BTF_NO_SIZE', () => calculateType('type_size', forward, undefined))
    bpfErrorOf('BTF_NO_SIZE', () => calculateType('type_size', local, forward))
  })
})

describe('calculateEnumerator', () => {
  /** The only enumerator of an enum, in BTF of either endianness. */
  function enumerator(
    value: bigint,
    sign: 'signed' | 'unsigned',
    kind: 'enum' | 'enum64' = 'enum',
    endianness: Endianness = 'little',
  ): EnumeratorReference {
    const spec = { size: 8, signed: sign === 'signed', enumerators: [{ name: 'A', value }] }
    const { btf, ids } = built(
      (builder) => (kind === 'enum' ? builder.addEnum('e', spec) : builder.addEnum64('e', spec)),
      { endianness },
    )
    return parseEnumerator(btf, ids, '0')
  }
  const one = enumerator(1n, 'unsigned')

  it('answers existence with 1 or 0, where clang left 1', () => {
    expect(calculateEnumerator('enumval_exists', one, one)).toMatchObject({ expected: 1n, value: 1n })
    expect(calculateEnumerator('enumval_exists', one, undefined)).toMatchObject({ expected: 1n, value: 0n })
  })

  it('asks for poison where there is no value', () => {
    expect(calculateEnumerator('enumval_value', one, undefined)).toEqual({ kind: 'poison' })
  })

  it.each(['little', 'big'] as const)('gives values of every sign and width, %s-endian', (endianness) => {
    const values = [
      enumerator(7n, 'unsigned', 'enum', endianness),
      enumerator(-7n, 'signed', 'enum', endianness),
      enumerator(0x8000_0000n, 'unsigned', 'enum', endianness),
      enumerator(-(1n << 63n), 'signed', 'enum64', endianness),
      enumerator((1n << 64n) - 1n, 'unsigned', 'enum64', endianness),
    ]
    expect(values.map((target) => calculateEnumerator('enumval_value', one, target))).toEqual(
      [7n, -7n, 0x8000_0000n, -(1n << 63n), (1n << 64n) - 1n].map((value) => ({
        kind: 'value',
        expected: 1n,
        value,
        memory: { kind: 'unchanged' },
      })),
    )
  })

  it('zero-extends a value of 2^31 and above, unless the program was compiled with a negative one', () => {
    const target = enumerator(0x8000_0000n, 'unsigned')
    const value = (local: EnumeratorReference): CoreResult =>
      calculateEnumerator('enumval_value', local, target)
    expect(value(one)).toMatchObject({ expected: 1n, value: 0x8000_0000n })
    expect(value(one)).not.toHaveProperty('asSigned')
    expect(value(enumerator(-1n, 'signed'))).toMatchObject({ expected: -1n, value: -0x8000_0000n })
    expect(value(enumerator(0xffff_ffffn, 'unsigned'))).toMatchObject({
      expected: 0xffff_ffffn,
      value: 0x8000_0000n,
      asSigned: { expected: -1n, value: -0x8000_0000n },
    })
  })

  it('restores the upper half of a wide value that the target kept 32 bits of', () => {
    const wide = enumerator((1n << 64n) - 1n, 'unsigned', 'enum64')
    const calculated = calculateEnumerator('enumval_value', wide, enumerator(0xffff_ffe0n, 'unsigned'))
    expect(calculated).toMatchObject({ expected: (1n << 64n) - 1n, value: -32n })
  })

  it('does not doubt the sign of a target that tells it', () => {
    const doubtful = enumerator(0xffff_ffffn, 'unsigned')
    for (const target of [enumerator(-2n, 'signed'), enumerator(0xffff_fffen, 'unsigned', 'enum64')]) {
      const { value } = target.enumerator
      expect(calculateEnumerator('enumval_value', doubtful, target)).toMatchObject({
        value,
        asSigned: { expected: -1n, value },
      })
    }
  })
})

describe('sameResult', () => {
  const value = (number: bigint): CoreResult => ({
    kind: 'value',
    expected: 1n,
    value: number,
    memory: { kind: 'unchanged' },
  })

  it('compares what would be written', () => {
    expect(sameResult(value(4n), value(4n))).toBe(true)
    expect(sameResult(value(4n), value(5n))).toBe(false)
    expect(sameResult({ kind: 'poison' }, { kind: 'poison' })).toBe(true)
    expect(sameResult({ kind: 'poison' }, value(0n))).toBe(false)
  })
})

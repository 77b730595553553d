import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { type FieldAccess, parseFieldAccess } from '../../src/core/access.ts'
import { calculateField, type CoreResult, type MemorySize, sameResult } from '../../src/core/calculate.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { addBasics, type Basics, built } from '../btf/build.ts'
import { at, bits } from './members.ts'

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

import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { type KconfigType, kconfigTypeOf } from '../../src/object/kconfig_type.ts'
import { built } from '../btf/build.ts'

function holds(add: (builder: BtfBuilder) => TypeId): KconfigType {
  const { btf, ids } = built(add)
  return kconfigTypeOf(btf, ids)
}

const tristate = { size: 4, signed: false, enumerators: [{ name: 'TRI_YES', value: 1n }] }

describe('kconfigTypeOf', () => {
  it.each([
    ['a bool', (b: BtfBuilder) => b.addInt('_Bool', 1, { encoding: 'bool' }), { kind: 'bool' }],
    [
      'a char',
      (b: BtfBuilder) => b.addInt('char', 1, { encoding: 'signed' }),
      { kind: 'char', signed: true },
    ],
    ['an unsigned char', (b: BtfBuilder) => b.addInt('unsigned char', 1), { kind: 'char', signed: false }],
    [
      'a short',
      (b: BtfBuilder) => b.addInt('short', 2, { encoding: 'signed' }),
      { kind: 'int', signed: true },
    ],
    ['an unsigned long', (b: BtfBuilder) => b.addInt('unsigned long', 8), { kind: 'int', signed: false }],
    ['a tristate', (b: BtfBuilder) => b.addEnum('libbpf_tristate', tristate), { kind: 'tristate' }],
    [
      'a tristate of 64 bits',
      (b: BtfBuilder) => b.addEnum64('libbpf_tristate', { ...tristate, size: 8 }),
      { kind: 'tristate' },
    ],
    [
      'an array of const char',
      (b: BtfBuilder) => b.addArray(b.addModifier('const', b.addInt('char', 1)), b.addInt('int', 4), 3),
      { kind: 'string' },
    ],
    [
      'a const typedef',
      (b: BtfBuilder) => b.addModifier('const', b.addTypedef('u32', b.addInt('int', 4))),
      { kind: 'int', signed: false },
    ],
  ])('knows %s', (_, add, kind) => {
    expect(holds(add)).toEqual(kind)
  })

  it.each([
    ['a bool of four bytes', (b: BtfBuilder) => b.addInt('bool', 4, { encoding: 'bool' })],
    ['an int of 16 bytes', (b: BtfBuilder) => b.addInt('__int128', 16)],
    ['an int of 3 bytes', (b: BtfBuilder) => b.addInt('odd', 3)],
    ['another enum', (b: BtfBuilder) => b.addEnum('colour', tristate)],
    ['a tristate of one byte', (b: BtfBuilder) => b.addEnum('libbpf_tristate', { ...tristate, size: 1 })],
    ['an empty array', (b: BtfBuilder) => b.addArray(b.addInt('char', 1), b.addInt('int', 4), 0)],
    ['an array of int', (b: BtfBuilder) => b.addArray(b.addInt('int', 4), b.addInt('int', 4), 3)],
    ['a struct', (b: BtfBuilder) => b.addStruct('s', 0, [])],
    ['a pointer', (b: BtfBuilder) => b.addPtr(b.addInt('char', 1))],
  ])('holds nothing in %s', (_, add) => {
    expect(holds(add)).toEqual({ kind: 'unsupported' })
  })
})

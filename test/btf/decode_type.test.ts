import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import type { BtfBuilder, MemberSpec } from '../../src/btf/encoder.ts'
import { built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

const one = typeId(1)
const members: MemberSpec[] = [
  { name: 'a', type: one, bitOffset: 0 },
  { name: '', type: one, bitOffset: 33 },
]
const bitfields: MemberSpec[] = [
  { name: 'a', type: one, bitOffset: 3, bitfieldSize: 7 },
  { name: 'b', type: one, bitOffset: 0xffffff },
]
const enumerators = [
  { name: 'LOW', value: -1n },
  { name: 'HIGH', value: 5n },
]

/** Each kind: what adds it, and what it decodes to apart from the id. */
const kinds: [string, (b: BtfBuilder) => TypeId, object][] = [
  [
    'int',
    (b) => b.addInt('int', 4, { encoding: 'signed' }),
    { kind: 'int', name: 'int', size: 4, encoding: 'signed', bitOffset: 0, bits: 32 },
  ],
  [
    'odd int',
    (b) => b.addInt('x', 8, { encoding: 'bool', bitOffset: 5, bits: 9 }),
    { kind: 'int', name: 'x', size: 8, encoding: 'bool', bitOffset: 5, bits: 9 },
  ],
  [
    'char int',
    (b) => b.addInt('c', 1, { encoding: 'char' }),
    { kind: 'int', name: 'c', size: 1, encoding: 'char', bitOffset: 0, bits: 8 },
  ],
  [
    '128-bit int',
    (b) => b.addInt('u128', 16),
    { kind: 'int', name: 'u128', size: 16, encoding: 'unsigned', bitOffset: 0, bits: 128 },
  ],
  ['ptr', (b) => b.addPtr(VOID), { kind: 'ptr', name: '', target: 0 }],
  [
    'array',
    (b) => b.addArray(one, one, 0xffffffff),
    { kind: 'array', name: '', element: 1, index: 1, length: 0xffffffff },
  ],
  [
    'struct',
    (b) => b.addStruct('s', 8, members),
    { kind: 'struct', name: 's', size: 8, members: members.map((m) => ({ ...m, bitfieldSize: 0 })) },
  ],
  [
    'union with bitfields',
    (b) => b.addUnion('', 8, bitfields),
    { kind: 'union', name: '', size: 8, members: bitfields.map((m) => ({ bitfieldSize: 0, ...m })) },
  ],
  [
    'signed enum',
    (b) => b.addEnum('e', { size: 4, signed: true, enumerators }),
    { kind: 'enum', name: 'e', size: 4, signed: true, enumerators },
  ],
  [
    'unsigned enum',
    (b) => b.addEnum('e', { size: 1, signed: false, enumerators }),
    {
      kind: 'enum',
      name: 'e',
      size: 1,
      signed: false,
      enumerators: [{ name: 'LOW', value: 0xffffffffn }, enumerators[1]],
    },
  ],
  [
    'signed enum64',
    (b) => b.addEnum64('e', { size: 8, signed: true, enumerators }),
    { kind: 'enum64', name: 'e', size: 8, signed: true, enumerators },
  ],
  [
    'unsigned enum64',
    (b) => b.addEnum64('e', { size: 8, signed: false, enumerators }),
    {
      kind: 'enum64',
      name: 'e',
      size: 8,
      signed: false,
      enumerators: [{ name: 'LOW', value: 0xffffffffffffffffn }, enumerators[1]],
    },
  ],
  ['fwd struct', (b) => b.addFwd('f', 'struct'), { kind: 'fwd', name: 'f', of: 'struct' }],
  ['fwd union', (b) => b.addFwd('f', 'union'), { kind: 'fwd', name: 'f', of: 'union' }],
  ['typedef', (b) => b.addTypedef('t', one), { kind: 'typedef', name: 't', target: 1 }],
  ['const', (b) => b.addModifier('const', one), { kind: 'const', name: '', target: 1 }],
  ['volatile', (b) => b.addModifier('volatile', one), { kind: 'volatile', name: '', target: 1 }],
  ['restrict', (b) => b.addModifier('restrict', one), { kind: 'restrict', name: '', target: 1 }],
  ['func', (b) => b.addFunc('f', one, 'global'), { kind: 'func', name: 'f', proto: 1, linkage: 'global' }],
  [
    'func_proto',
    (b) =>
      b.addFuncProto(one, [
        { name: 'a', type: one },
        { name: '', type: VOID },
      ]),
    {
      kind: 'func_proto',
      name: '',
      returnType: 1,
      params: [
        { name: 'a', type: 1 },
        { name: '', type: 0 },
      ],
    },
  ],
  ['var', (b) => b.addVar('v', one, 'extern'), { kind: 'var', name: 'v', type: 1, linkage: 'extern' }],
  [
    'datasec',
    (b) => b.addDatasec('.data', 9, [{ type: one, offset: 4, size: 5 }]),
    { kind: 'datasec', name: '.data', size: 9, variables: [{ type: 1, offset: 4, size: 5 }] },
  ],
  ['float', (b) => b.addFloat('double', 8), { kind: 'float', name: 'double', size: 8 }],
  [
    'decl_tag',
    (b) => b.addDeclTag('tag', one, -1),
    { kind: 'decl_tag', name: 'tag', target: 1, componentIndex: -1 },
  ],
  ['type_tag', (b) => b.addTypeTag('user', one), { kind: 'type_tag', name: 'user', target: 1 }],
]

describe.each(['little', 'big'] as const)('in %s-endian BTF', (endianness) => {
  it.each(kinds)('%s survives writing and reading', (_, add, expected) => {
    const { btf, ids } = built(add, { endianness })
    expect(btf.type(ids)).toEqual({ id: 1, ...expected })
    expect(btf.kind(ids)).toBe(btf.type(ids).kind)
    expect(btf.nameOf(ids)).toBe(btf.type(ids).name)
  })
})

describe('types that make no sense', () => {
  const bad: [string, (b: BtfBuilder) => unknown][] = [
    ['an int of 17 bytes', (b) => b.addInt('x', 17, { bits: 8 })],
    ['an int of no bytes', (b) => b.addInt('x', 0)],
    ['an int with more bits than bytes', (b) => b.addInt('x', 1, { bits: 9 })],
    [
      'an int with two encodings',
      (b) => b.addRaw({ nameOffset: 0, info: 1 << 24, sizeOrType: 4, words: [0x03000020] }),
    ],
    ['a float of 5 bytes', (b) => b.addFloat('x', 5)],
    ['an enum of 3 bytes', (b) => b.addEnum('x', { size: 3, signed: false, enumerators: [] })],
    ['a func of linkage 3', (b) => b.addRaw({ nameOffset: 0, info: (12 << 24) | 3, sizeOrType: 1 })],
    ['a var of linkage 9', (b) => b.addRaw({ nameOffset: 0, info: 14 << 24, sizeOrType: 1, words: [9] })],
  ]
  it.each(bad)('%s is refused when it is touched', (_, add) => {
    const { btf } = built(add)
    const error = expectBtfError(() => btf.type(one), 'BTF_BAD_TYPE')
    expect(error.message).toMatch(/type 1 \(\w+\) at byte 24 has/)
    expect(error).toMatchObject({ object: 'test', section: '.BTF', offset: 24 })
  })

  it('members with a name outside of the strings are refused', () => {
    const { btf } = built((b): Btf | TypeId =>
      b.addRaw({ nameOffset: 0, info: (4 << 24) | 1, sizeOrType: 4, words: [999, 1, 0] }),
    )
    expectBtfError(() => btf.type(one), 'BTF_BAD_STRING')
  })
})

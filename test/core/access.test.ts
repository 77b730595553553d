import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { VOID } from '../../src/base/units.ts'
import {
  type FieldAccess,
  MAX_ACCESS_LENGTH,
  parseFieldAccess,
  parsePositions,
} from '../../src/core/access.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { at, bits } from './members.ts'

/**
 *     struct inner { int a; int b; };                        8 bytes
 *     struct outer {
 *       int first;                                           0
 *       union { int x; struct { int y; int z; }; };          4, 8 bytes
 *       const inner_t table[4];                              16
 *       struct inner *next;                                  48
 *       int flags : 3, mode : 5;                             bits 448 and 451
 *       int tail[];                                          64
 *     };
 */
const { btf, ids } = built((builder) => {
  const { int } = addBasics(builder)
  const inner = builder.addStruct('inner', 8, [at(0, 'a', int), at(4, 'b', int)])
  const typedef = builder.addTypedef('inner_t', inner)
  const anonymousStruct = builder.addStruct('', 8, [at(0, 'y', int), at(4, 'z', int)])
  const anonymousUnion = builder.addUnion('', 8, [at(0, 'x', int), at(0, '', anonymousStruct)])
  const table = builder.addArray(builder.addModifier('const', typedef), int, 4)
  const outer = builder.addStruct('outer', 64, [
    at(0, 'first', int),
    at(4, '', anonymousUnion),
    at(16, 'table', table),
    at(48, 'next', builder.addPtr(inner)),
    bits(448, 3, 'flags', int),
    bits(451, 5, 'mode', int),
    at(64, 'tail', builder.addArray(int, int, 0)),
  ])
  const outerAlias = builder.addTypedef('outer_t', builder.addModifier('volatile', outer))
  const empty = builder.addArray(int, int, 0)
  const notLast = builder.addStruct('not_last', 4, [at(0, 'none', empty), at(0, 'last', int)])
  const grid = builder.addArray(builder.addArray(int, int, 3), int, 2)
  const matrix = builder.addStruct('matrix', 24, [at(0, 'cells', grid)])
  const forward = builder.addFwd('forward', 'struct')
  const huge = builder.addStruct('huge', 0xffff_ffff, [])
  return { int, inner, outer, outerAlias, notLast, matrix, forward, huge }
})

function access(root: TypeId, text: string): FieldAccess {
  return parseFieldAccess(btf, root, text)
}

/** The accessors as text: members by name, elements by index. */
function pathOf({ accessors }: FieldAccess): string {
  return accessors.map((each) => (each.kind === 'member' ? `.${each.name}` : `[${each.index}]`)).join('')
}

describe('parsePositions', () => {
  it('splits at colons', () => {
    expect(parsePositions('0')).toEqual([0])
    expect(parsePositions('0:1:42')).toEqual([0, 1, 42])
  })

  it.each([
    '',
    ':',
    ':0',
    '0:',
    '0::1',
    'a',
    '0:x',
    '-1',
    '+1',
    ' 0',
    '0 ',
    '0:1.5',
    '0x1',
    '1e3',
    '٣',
    '0\n',
  ])('refuses %j', (text) => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => parsePositions(text))
    expect(error.message).toContain(`'${text}'`)
  })

  it('takes 64 levels and refuses 65', () => {
    const levels = (count: number): string => new Array(count).fill('0').join(':')
    expect(parsePositions(levels(MAX_ACCESS_LENGTH))).toHaveLength(64)
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => parsePositions(levels(65)))
    expect(error.message).toContain('65 levels')
  })

  it('takes indices that fit into an int, and no larger ones', () => {
    expect(parsePositions('2147483647')).toEqual([0x7fffffff])
    for (const text of ['2147483648', '0:4294967296', '9999999999', '0:99999999999999999999']) {
      bpfErrorOf('CORE_BAD_RELOCATION', () => parsePositions(text))
    }
  })
})

describe('parseFieldAccess', () => {
  it.each([
    ['0', '[0]', 0],
    ['2', '[2]', 2 * 64 * 8],
    ['0:0', '[0].first', 0],
    ['1:0', '[1].first', 64 * 8],
    ['0:3', '[0].next', 48 * 8],
    ['0:2', '[0].table', 16 * 8],
    ['0:2:3', '[0].table[3]', (16 + 24) * 8],
    ['0:2:3:1', '[0].table[3].b', (16 + 24 + 4) * 8],
    ['0:4', '[0].flags', 448],
    ['0:5', '[0].mode', 451],
  ])('follows %s of struct outer to %s at bit %i', (text, path, bitOffset) => {
    const found = access(ids.outer, text)
    expect(pathOf(found)).toBe(path)
    expect(found.bitOffset).toBe(bitOffset)
  })

  it('leaves no accessor for anonymous members, but keeps their positions and offsets', () => {
    const found = access(ids.outer, '0:1:1:1')
    expect(pathOf(found)).toBe('[0].z')
    expect(found.positions).toEqual([0, 1, 1, 1])
    expect(found.bitOffset).toBe((4 + 4) * 8)
  })

  it('takes typedefs and modifiers off the root', () => {
    const found = access(ids.outerAlias, '0:3')
    expect(found.root).toBe(ids.outer)
    expect(pathOf(found)).toBe('[0].next')
  })

  it('follows arrays of arrays', () => {
    expect(access(ids.matrix, '0:0:1:2').bitOffset).toBe((12 + 8) * 8)
  })

  it('lets the index of a flexible array be anything', () => {
    expect(access(ids.outer, '0:6:1000').bitOffset).toBe((64 + 4000) * 8)
  })

  it('does not take an array without length for flexible where it is not the last member', () => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => access(ids.notLast, '0:0:0'))
    expect(error.message).toContain('the array has 0 elements')
  })

  it('starts at a type that has no size, if its first element is meant', () => {
    expect(access(ids.forward, '0').bitOffset).toBe(0)
    bpfErrorOf('BTF_NO_SIZE', () => access(ids.forward, '1'))
    expect(access(VOID, '0').root).toBe(VOID)
  })

  it.each([
    ['a member that is not there', '0:7', 'struct outer has 7 members, not a member 7'],
    ['a member of an anonymous union that is not there', '0:1:2', 'has 2 members, not a member 2'],
    ['an element behind the end of an array', '0:2:4', 'the array has 4 elements, not an element 4'],
    ['a member of an integer', '0:0:0', 'a value of kind int has no member 0'],
    ['a member behind a pointer', '0:3:0', 'a value of kind ptr has no member 0'],
  ])('refuses %s', (_, text, found) => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => access(ids.outer, text))
    expect(error.message).toContain(`'${text}'`)
    expect(error.message).toContain(found)
  })

  it('refuses a root that is no type', () => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () => access((btf.typeCount + 1) as TypeId, '0'))
  })

  it('refuses an offset that no longer is a whole number of bits', () => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => access(ids.huge, '2147483647'))
    expect(error.message).toContain('2^53 bits')
  })
})

import { describe, expect, it } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import { typesMatch } from '../../src/core/types_match.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { at } from './members.ts'
import {
  array,
  constant,
  enum32,
  enum64,
  float,
  func,
  fwd,
  int,
  nested,
  nothing,
  ptr,
  type Shape,
  shaped,
  struct,
  typedef,
  u32,
  u64,
  union,
} from './shapes.ts'

function match(local: Shape, target: Shape): boolean {
  return typesMatch(shaped(local), shaped(target))
}

const longInt: Shape = (builder) => builder.addInt('int', 8, { encoding: 'signed' })
const unsignedInt: Shape = (builder) => builder.addInt('int', 4)
const boolInt: Shape = (builder) => builder.addInt('int', 4, { encoding: 'bool' })

describe('typesMatch', () => {
  it.each([
    ['integers', int, int],
    ['integers of which one is a bool, since neither is signed', unsignedInt, boolInt],
    ['void', nothing, nothing],
    ['typedefs of one type, whatever their names', typedef(int, 'a'), typedef(constant(int), 'b')],
    ['pointers to void', ptr(nothing), ptr(constant(nothing))],
    ['arrays of one length', array(int, 3), array(int, 3)],
    ['structs without members', struct('s'), struct('s')],
    ['flavours of one name', struct('s___old'), struct('s___v2')],
    ['a struct and one that has more', struct('s', { a: int }), struct('s', { b: u64, a: int })],
    ['members that are flavours', struct('s', { a___old: int }), struct('s', { a: int })],
    ['unions', union('u', { a: int }), union('u', { a: int, b: int })],
    [
      'structs within structs',
      struct('s', { a: struct('t', { b: int }) }),
      struct('s', { a: struct('t', { c: int, b: int }) }),
    ],
    [
      'anonymous members, of which some other one matches',
      struct('s', { '': struct('', { b: int }) }),
      struct('s', [
        ['', struct('', { a: int })],
        ['', struct('', { b: int })],
      ]),
    ],
    [
      'two anonymous members that one of the target’s matches',
      struct('s', [
        ['', struct('', { a: int })],
        ['', struct('', { b: int })],
      ]),
      struct('s', [
        ['', struct('', { a: int, b: int })],
        ['', struct('')],
      ]),
    ],
    [
      'members of one name, of which the second matches',
      struct('s', { a: int }),
      struct('s', [
        ['a', u64],
        ['a', int],
      ]),
    ],
    ['structs behind a pointer, whatever their members', ptr(struct('s', { a: int })), ptr(struct('s'))],
    [
      'structs behind a member’s pointer',
      struct('s', { a: ptr(struct('t', { b: int })) }),
      struct('s', { a: ptr(struct('t')) }),
    ],
    [
      'structs behind a pointer and an array',
      ptr(array(struct('s', { a: int }), 2)),
      ptr(array(struct('s'), 2)),
    ],
    ['a struct and a declaration behind a pointer', ptr(struct('s', { a: int })), ptr(fwd('s', 'struct'))],
    ['a union and a declaration behind a pointer', ptr(union('s')), ptr(fwd('s', 'union'))],
    ['a declaration and a struct behind a pointer', ptr(fwd('s', 'struct')), ptr(struct('s'))],
    ['a declaration and a union behind a pointer', ptr(fwd('s', 'union')), ptr(union('s'))],
    ['declarations', fwd('s', 'struct'), fwd('s', 'struct')],
    ['declarations behind a pointer', ptr(fwd('s', 'union')), ptr(fwd('s', 'union'))],
    ['enums of which the target has more', enum32('e', 'A', 'B'), enum32('e', 'X', 'B', 'A')],
    ['enumerators that are flavours', enum32('e', 'A___old'), enum32('e', 'A___x')],
    ['functions', func(int, ptr(struct('s', { a: int })), u64), func(int, ptr(struct('s')), u64)],
    ['32 pointers', nested(31, int, ptr), nested(31, int, ptr)],
    [
      'structs in 32 levels',
      nested(31, int, (of) => struct('s', { a: of })),
      nested(31, int, (of) => struct('s', { a: of })),
    ],
  ])('takes %s', (_, local, target) => {
    expect(match(local, target)).toBe(true)
  })

  it.each([
    ['integers of other names', int, u32],
    ['integers of other sizes', int, longInt],
    ['integers of other signs', int, unsignedInt],
    ['void and something', ptr(nothing), ptr(int)],
    ['something and void', ptr(int), ptr(nothing)],
    ['floats', float, float],
    ['pointers to other types', ptr(int), ptr(u64)],
    ['arrays of other lengths', array(int, 3), array(int, 4)],
    ['arrays of other types', array(int, 3), array(u64, 3)],
    ['an array and a pointer', array(int, 3), ptr(int)],
    ['structs of other names', struct('s'), struct('t')],
    ['a named and an anonymous struct', struct('s'), struct('')],
    ['a struct and a union', struct('s'), union('s')],
    ['a struct and a union behind a pointer', ptr(struct('s')), ptr(union('s'))],
    ['structs of other names behind a pointer', ptr(struct('s')), ptr(struct('t'))],
    ['a struct that has less', struct('s', { a: int, b: int }), struct('s', { a: int })],
    ['a struct that has another member instead', struct('s', { a: int }), struct('s', { b: int, c: int })],
    ['a member of another type', struct('s', { a: int }), struct('s', { a: u64 })],
    [
      'a struct within a struct that has less',
      struct('s', { a: struct('t', { b: int }) }),
      struct('s', { a: struct('t', { c: int }) }),
    ],
    ['a struct and a declaration', struct('s'), fwd('s', 'struct')],
    ['a declaration and a struct', fwd('s', 'struct'), struct('s')],
    ['a struct and a declaration of a union behind a pointer', ptr(struct('s')), ptr(fwd('s', 'union'))],
    ['a declaration of a union and a struct behind a pointer', ptr(fwd('s', 'union')), ptr(struct('s'))],
    ['declarations of a struct and a union', fwd('s', 'struct'), fwd('s', 'union')],
    [
      'declarations of a struct and a union behind a pointer',
      ptr(fwd('s', 'struct')),
      ptr(fwd('s', 'union')),
    ],
    ['a declaration and an integer behind a pointer', ptr(fwd('int', 'struct')), ptr(int)],
    ['an enum that has less', enum32('e', 'A', 'B'), enum32('e', 'A')],
    ['an enum that has another enumerator instead', enum32('e', 'A'), enum32('e', 'B', 'C')],
    ['enums of other sizes', enum32('e', 'A'), enum64('e', 'A')],
    ['an enum and an integer', enum32('int'), int],
    ['functions with more parameters', func(int, int), func(int, int, int)],
    ['functions with another parameter', func(int, int), func(int, u64)],
    ['functions that return something else', func(int), func(u64)],
  ])('does not take %s', (_, local, target) => {
    expect(match(local, target)).toBe(false)
  })

  it('takes an enum for an enum64 of its size', () => {
    const wide: Shape = (builder) =>
      builder.addEnum('e', { size: 8, signed: true, enumerators: [{ name: 'A', value: 7n }] })
    expect(match(wide, enum64('e', 'A'))).toBe(true)
    expect(match(enum64('e', 'A'), wide)).toBe(true)
  })

  it('takes no functions, variables or sections', () => {
    const { btf, ids } = built((builder) => {
      const { int: word } = addBasics(builder)
      const variable = builder.addVar('v', word, 'global')
      return [
        builder.addFunc('f', builder.addFuncProto(VOID, []), 'global'),
        variable,
        builder.addDatasec('.data', 4, [{ type: variable, offset: 0, size: 4 }]),
        builder.addDeclTag('tag', variable, -1),
      ]
    })
    for (const id of ids) expect(typesMatch({ btf, id }, { btf, id })).toBe(false)
  })

  it('is done with a struct that points to itself', () => {
    const list: Shape = (builder) => {
      const next = builder.addPtr(builder.addModifier('const', (builder.nextId + 2) as typeof VOID))
      return builder.addStruct('list', 8, [at(0, 'next', next)])
    }
    expect(match(list, list)).toBe(true)
  })

  it.each([
    ['pointers', nested(32, int, ptr)],
    ['structs', nested(32, int, (of) => struct('s', { a: of }))],
    ['parameters', nested(32, int, (of) => func(nothing, of))],
  ])('refuses 33 levels of %s', (_, deep) => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => match(deep, deep))
    expect(error.message).toContain('nest more than 32 levels deep')
  })

  it('refuses structs that share their parts on every level, which would take forever', () => {
    const doubling: Shape = (builder) => {
      let inner = builder.addStruct('s', 0, [])
      for (let level = 0; level < 30; level++)
        inner = builder.addStruct('s', 0, [at(0, 'a', inner), at(0, 'b', inner)])
      return inner
    }
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => match(doubling, doubling))
    expect(error.message).toContain('takes more than 1000000 steps')
  })

  it('refuses many members that all have a large enum', () => {
    const large: Shape = (builder) => {
      const enumerators = Array.from({ length: 60_000 }, (_, index) => ({ name: `E${index}`, value: 0n }))
      const values = builder.addEnum('e', { size: 4, signed: false, enumerators })
      return builder.addStruct(
        's',
        4,
        Array.from({ length: 60_000 }, (_, index) => at(0, `m${index}`, values)),
      )
    }
    bpfErrorOf('CORE_BAD_RELOCATION', () => match(large, large))
  })

  it('refuses a type that does not exist, and typedefs in a circle', () => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () =>
      match((builder) => builder.addPtr((builder.nextId + 1) as typeof VOID), ptr(int)),
    )
    bpfErrorOf('BTF_TOO_DEEP', () => match((builder) => builder.addTypedef('t', builder.nextId), int))
  })
})

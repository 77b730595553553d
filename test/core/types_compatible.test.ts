import { describe, expect, it } from 'vitest'
import { type TypeId, VOID } from '../../src/base/units.ts'
import { typesAreCompatible } from '../../src/core/types_compatible.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
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
  u64,
  union,
} from './shapes.ts'

/** Each function has the one before for both of its parameters. */
const doublingParams: Shape = (builder) => {
  let inner = builder.addFuncProto(VOID, [])
  for (let level = 0; level < 30; level++) {
    const params = ['left', 'right'].map((name) => ({ name, type: inner }))
    inner = builder.addFuncProto(VOID, params)
  }
  return inner
}

const shifted: Shape = (builder) => builder.addInt('odd', 4, { bitOffset: 3, bits: 5 })

function compatible(local: Shape, target: Shape): boolean {
  return typesAreCompatible(shaped(local), shaped(target))
}

describe('typesAreCompatible', () => {
  it.each([
    ['structs with other members and sizes', struct('s'), struct('other', { a: int, b: u64 })],
    ['unions', union('s'), union('other', { a: int })],
    ['an enum and an enum64', enum32('e'), enum64('e')],
    ['forward declarations of a struct and a union', fwd('s', 'struct'), fwd('s', 'union')],
    ['integers of other size and sign', int, u64],
    ['pointers to compatible types', ptr(int), ptr(u64)],
    ['pointers to void', ptr(nothing), ptr(nothing)],
    ['arrays of other lengths', array(int, 3), array(u64, 5)],
    ['typedefs of compatible types', typedef(int), typedef(typedef(constant(u64)))],
    ['types behind modifiers', ptr(constant(int)), ptr(int)],
    [
      'functions with compatible parameters',
      func(int, ptr(union('s')), u64),
      func(u64, ptr(union('s')), int),
    ],
    ['functions that return nothing', func(nothing), func(nothing)],
    ['32 pointers', nested(31, int, ptr), nested(31, int, ptr)],
    [
      'functions in 32 levels of parameters',
      nested(32, int, (of) => func(nothing, of)),
      nested(32, int, (of) => func(nothing, of)),
    ],
  ])('takes %s for each other', (_, local, target) => {
    expect(compatible(local, target)).toBe(true)
  })

  it.each([
    ['a struct and a union', struct('s'), union('s')],
    ['a struct and its forward declaration', struct('s'), fwd('s', 'struct')],
    ['an integer and an enum', int, enum32('e')],
    ['a typedef and what it stands for', typedef(int), int],
    ['a constant and a variable root', constant(int), int],
    ['integers of which one is a part of its bytes', int, shifted],
    ['integers of which the other is a part of its bytes', shifted, int],
    ['floats', float, float],
    ['typedefs of a struct and of an integer', typedef(struct('s')), typedef(int)],
    ['pointers to void and to something', ptr(nothing), ptr(int)],
    ['pointers to an integer and to a struct', ptr(int), ptr(struct('s'))],
    ['arrays of an integer and of a struct', array(int, 1), array(struct('s'), 1)],
    ['functions with more parameters', func(int, int), func(int, int, int)],
    ['functions with fewer parameters', func(int, int, int), func(int, int)],
    ['functions with another parameter', func(int, int, ptr(int)), func(int, int, int)],
    ['functions that return something else', func(nothing), func(int)],
  ])('does not take %s for each other', (_, local, target) => {
    expect(compatible(local, target)).toBe(false)
  })

  it('takes no functions, variables or sections for each other', () => {
    const { btf, ids } = built((builder) => {
      const basics = addBasics(builder)
      const variable = builder.addVar('v', basics.int, 'global')
      return [
        builder.addFunc('f', builder.addFuncProto(VOID, []), 'global'),
        variable,
        builder.addDatasec('.data', 4, [{ type: variable, offset: 0, size: 4 }]),
        builder.addDeclTag('tag', variable, -1),
      ]
    })
    for (const id of ids) expect(typesAreCompatible({ btf, id }, { btf, id })).toBe(false)
  })

  it.each([
    ['pointers', nested(32, int, ptr)],
    ['levels of parameters', nested(33, int, (of) => func(nothing, of))],
  ])('refuses 33 %s in a row', (_, deep) => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => compatible(deep, deep))
    expect(error.message).toContain('nest more than 32 levels deep')
  })

  it('refuses a pointer to itself', () => {
    const itself: Shape = (builder) => builder.addPtr(builder.nextId)
    bpfErrorOf('CORE_BAD_RELOCATION', () => compatible(itself, itself))
  })

  it('refuses functions that share their parameters’ types on every level, which would take forever', () => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => compatible(doublingParams, doublingParams))
    expect(error.message).toContain('takes more than 1000000 steps')
  })

  it('refuses ids that are no types', () => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () =>
      compatible((builder) => builder.addPtr((builder.nextId + 1) as TypeId), ptr(int)),
    )
  })
})

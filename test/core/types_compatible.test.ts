import { describe, expect, it } from 'vitest'
import { type TypeId, VOID } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { typesAreCompatible } from '../../src/core/types_compatible.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, type Basics, built } from '../btf/build.ts'
import { at } from './members.ts'

type Build = (builder: BtfBuilder, basics: Basics) => TypeId

function compatible(local: Build, target: Build): boolean {
  const [from, to] = [local, target].map((build) => built((builder) => build(builder, addBasics(builder))))
  if (from === undefined || to === undefined) return expect.fail('two types')
  return typesAreCompatible({ btf: from.btf, id: from.ids }, { btf: to.btf, id: to.ids })
}

const int: Build = (_, basics) => basics.int
const u64: Build = (_, basics) => basics.u64
const nothing: Build = () => VOID
const float: Build = (builder) => builder.addFloat('double', 8)
const shifted: Build = (builder) => builder.addInt('odd', 4, { bitOffset: 3, bits: 5 })
const struct = (name: string, size = 4): Build => {
  return (builder, basics) => builder.addStruct(name, size, [at(0, name, basics.int)])
}
const union: Build = (builder) => builder.addUnion('s', 4, [])
const fwd = (of: 'struct' | 'union'): Build => {
  return (builder) => builder.addFwd('s', of)
}
const noEnumerators = { size: 4, signed: false, enumerators: [] }
const enum32: Build = (builder) => builder.addEnum('e', noEnumerators)
const enum64: Build = (builder) => builder.addEnum64('e', { ...noEnumerators, size: 8, signed: true })
const ptr = (to: Build): Build => {
  return (builder, basics) => builder.addPtr(to(builder, basics))
}
const array = (of: Build, length: number): Build => {
  return (builder, basics) => builder.addArray(of(builder, basics), basics.int, length)
}
const typedef = (of: Build): Build => {
  return (builder, basics) => builder.addTypedef('t', of(builder, basics))
}
const constant = (of: Build): Build => {
  return (builder, basics) => builder.addModifier('const', of(builder, basics))
}
const func = (returns: Build, ...params: Build[]): Build => {
  return (builder, basics) =>
    builder.addFuncProto(
      returns(builder, basics),
      params.map((param, index) => ({ name: `p${index}`, type: param(builder, basics) })),
    )
}

/** `build` applied `count` times, innermost to `inner`. */
function nested(count: number, inner: Build, build: (of: Build) => Build): Build {
  return count === 0 ? inner : build(nested(count - 1, inner, build))
}

describe('typesAreCompatible', () => {
  it.each([
    ['structs with other members and sizes', struct('s'), struct('other', 64)],
    ['unions', union, union],
    ['an enum and an enum64', enum32, enum64],
    ['forward declarations of a struct and a union', fwd('struct'), fwd('union')],
    ['integers of other size and sign', int, u64],
    ['pointers to compatible types', ptr(int), ptr(u64)],
    ['pointers to void', ptr(nothing), ptr(nothing)],
    ['arrays of other lengths', array(int, 3), array(u64, 5)],
    ['typedefs of compatible types', typedef(int), typedef(typedef(constant(u64)))],
    ['types behind modifiers', ptr(constant(int)), ptr(int)],
    ['functions with compatible parameters', func(int, ptr(union), u64), func(u64, ptr(union), int)],
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
    ['a struct and a union', struct('s'), union],
    ['a struct and its forward declaration', struct('s'), fwd('struct')],
    ['an integer and an enum', int, enum32],
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
    const itself: Build = (builder) => builder.addPtr(builder.nextId)
    bpfErrorOf('CORE_BAD_RELOCATION', () => compatible(itself, itself))
  })

  it('refuses functions that share their parameters’ types on every level, which would take forever', () => {
    const doubling: Build = (builder) => {
      let inner = builder.addFuncProto(VOID, [])
      for (let level = 0; level < 30; level++) {
        inner = builder.addFuncProto(VOID, [
          { name: 'left', type: inner },
          { name: 'right', type: inner },
        ])
      }
      return inner
    }
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => compatible(doubling, doubling))
    expect(error.message).toContain('takes more than 1000000 steps')
  })

  it('refuses ids that are no types', () => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () =>
      compatible((builder) => builder.addPtr((builder.nextId + 1) as TypeId), ptr(int)),
    )
  })
})

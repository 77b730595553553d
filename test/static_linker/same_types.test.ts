import { describe, expect, it } from 'vitest'
import { type TypeId, typeId, VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { describeDifference, differenceOfTypes, type TypeIn } from '../../src/static_linker/same_types.ts'

function typeIn(build: (builder: BtfBuilder) => TypeId): TypeIn {
  const builder = new BtfBuilder()
  const id = build(builder)
  return { btf: Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test' }), id }
}

function difference(
  one: (builder: BtfBuilder) => TypeId,
  other: (builder: BtfBuilder) => TypeId,
): string | undefined {
  const found = differenceOfTypes(typeIn(one), typeIn(other))
  return found && describeDifference(found)
}

const int = (builder: BtfBuilder): TypeId => builder.addInt('int', 4, { encoding: 'signed' })
const struct =
  (size: number, ...members: readonly (readonly [string, number])[]) =>
  (builder: BtfBuilder): TypeId => {
    const type = int(builder)
    return builder.addStruct(
      's',
      size,
      members.map(([name, bitOffset]) => ({ name, type, bitOffset })),
    )
  }

describe('differenceOfTypes', () => {
  it('takes typedefs, qualifiers, signs and lengths of arrays for no difference', () => {
    expect(difference(int, (b) => b.addTypedef('number', b.addModifier('const', int(b))))).toBeUndefined()
    expect(difference(int, (b) => b.addInt('unsigned int', 4))).toBeUndefined()
    expect(
      difference(
        (b) => b.addArray(int(b), int(b), 0),
        (b) => b.addArray(int(b), int(b), 9),
      ),
    ).toBeUndefined()
  })

  it('tells what differs', () => {
    expect(difference(int, (b) => b.addInt('long', 8))).toBe('bytes of int int: 8 instead of 4')
    expect(difference(int, (b) => b.addPtr(VOID))).toBe('kind: ptr instead of int')
    expect(difference(struct(8, ['a', 0]), struct(8, ['a', 0], ['b', 32]))).toBe(
      'members of struct s: 2 instead of 1',
    )
    expect(difference(struct(8, ['a', 0]), struct(8, ['b', 0]))).toBe('member 0 of struct s: b instead of a')
    expect(difference(struct(8, ['a', 0]), struct(8, ['a', 32]))).toBe(
      'bit offset of struct s.a: 32 instead of 0',
    )
    expect(
      difference(
        (b) => b.addFuncProto(int(b), []),
        (b) => b.addFuncProto(int(b), [{ name: 'x', type: VOID }]),
      ),
    ).toBe('parameters: 1 instead of 0')
  })

  it('looks into members and parameters, and not at names of parameters', () => {
    const nested =
      (size: number) =>
      (b: BtfBuilder): TypeId => {
        const inner = b.addStruct('inner', 8, [{ name: 'x', type: b.addInt('x', size), bitOffset: 0 }])
        return b.addFuncProto(b.addStruct('outer', 8, [{ name: 'inner', type: inner, bitOffset: 0 }]), [])
      }
    expect(difference(nested(4), nested(4))).toBeUndefined()
    expect(difference(nested(4), nested(8))).toBe('bytes of int x: 8 instead of 4')
    const named = (name: string) => (b: BtfBuilder) => b.addFuncProto(VOID, [{ name, type: int(b) }])
    expect(difference(named('a'), named(''))).toBeUndefined()
  })

  it('looks behind pointers at names only, where a forward declaration is as good', () => {
    const pointer = (of: (b: BtfBuilder) => TypeId) => (b: BtfBuilder) => b.addPtr(of(b))
    expect(difference(pointer(struct(8, ['a', 0])), pointer(struct(4, ['b', 0])))).toBeUndefined()
    expect(
      difference(
        pointer(struct(8)),
        pointer((b) => b.addFwd('s', 'struct')),
      ),
    ).toBeUndefined()
    expect(
      difference(
        pointer((b) => b.addFwd('s', 'struct')),
        pointer(struct(8)),
      ),
    ).toBeUndefined()
    expect(
      difference(
        pointer(struct(8)),
        pointer((b) => b.addFwd('s', 'union')),
      ),
    ).toBe('kind: fwd instead of struct')
    expect(
      difference(
        pointer(struct(8)),
        pointer((b) => b.addFwd('t', 'struct')),
      ),
    ).toBeDefined()
    expect(difference(struct(8), (b) => b.addFwd('s', 'struct'))).toBe('kind: fwd instead of struct')
  })

  it('ends where a struct holds itself, which no compiler writes', () => {
    const circle = (b: BtfBuilder): TypeId =>
      b.addStruct('s', 8, [{ name: 'self', type: typeId(1), bitOffset: 0 }])
    expect(difference(circle, circle)).toBeUndefined()
  })

  it('gives up on more pairs than any declaration has', () => {
    const deep = (count: number) => (b: BtfBuilder) => {
      let inner = int(b)
      for (let level = 0; level < count; level++)
        inner = b.addStruct('s', 8, [{ name: 'x', type: inner, bitOffset: 0 }])
      return inner
    }
    expect(difference(deep(1000), deep(1000))).toBeUndefined()
    expect(difference(deep(30_000), deep(30_000))).toContain('too many to compare')
  })
})

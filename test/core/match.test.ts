import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { typeId } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { type FieldAccess, MAX_ACCESS_LENGTH, parseFieldAccess } from '../../src/core/access.ts'
import { fieldsAreCompatible, matchField } from '../../src/core/match.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, type Basics, built } from '../btf/build.ts'
import { at, bits } from './members.ts'

type Build = (builder: BtfBuilder, basics: Basics) => TypeId

/** Looks the field that `text` means in the type that `local` builds up in the one that `target` builds. */
function match(local: Build, text: string, target: Build): FieldAccess | undefined {
  const from = built((builder) => local(builder, addBasics(builder)))
  const to = built((builder) => {
    builder.addFloat('so that ids differ', 8)
    return target(builder, addBasics(builder))
  })
  return matchField(parseFieldAccess(from.btf, from.ids, text), to.btf, to.ids)
}

const task: Build = (builder, { int }) =>
  builder.addStruct('task', 8, [at(0, 'pid', int), at(4, 'tgid', int)])

describe('matchField', () => {
  it('finds a member by its name, wherever it stands', () => {
    const found = match(task, '0:1', (builder, { int, u64 }) =>
      builder.addStruct('task', 32, [at(0, 'new', u64), at(8, 'tgid', int), at(16, 'pid', int)]),
    )
    expect(found?.bitOffset).toBe(64)
    expect(found?.positions).toEqual([0, 1])
  })

  it('finds nothing where the name is gone', () => {
    expect(
      match(task, '0:1', (builder, { int }) => builder.addStruct('task', 4, [at(0, 'pid', int)])),
    ).toBeUndefined()
  })

  it('finds a member that has moved into anonymous structs and unions, and adds their offsets up', () => {
    const found = match(task, '0:1', (builder, { int, u32 }) => {
      const inner = builder.addStruct('', 8, [at(0, 'x', int), at(4, 'tgid', u32)])
      const union = builder.addUnion('', 8, [at(0, 'y', int), at(0, '', inner)])
      return builder.addStruct('task', 24, [at(0, 'pid', int), at(16, '', union)])
    })
    expect(found?.bitOffset).toBe((16 + 4) * 8)
    expect(found?.positions).toEqual([0, 1, 1, 1])
    expect(found?.accessors).toHaveLength(2)
  })

  it('finds a member that has left its anonymous struct', () => {
    const local: Build = (builder, { int }) => {
      const inner = builder.addStruct('', 4, [at(0, 'pid', int)])
      return builder.addStruct('task', 8, [at(4, '', inner)])
    }
    expect(match(local, '0:0:0', task)?.bitOffset).toBe(0)
  })

  it('does not look into members that have a name', () => {
    const found = match(task, '0:1', (builder, basics) => {
      const inner = builder.addStruct('ids', 4, [at(0, 'tgid', basics.int)])
      return builder.addStruct('task', 4, [at(0, 'ids', inner)])
    })
    expect(found).toBeUndefined()
  })

  it('passes over unnamed bitfields, which are padding', () => {
    const found = match(task, '0:1', (builder, { int }) =>
      builder.addStruct('task', 8, [bits(0, 3, '', int), bits(32, 32, 'tgid', int)]),
    )
    expect(found?.bitOffset).toBe(32)
  })

  it('follows nested members through typedefs and modifiers of the target', () => {
    const nested =
      (offset: number, wrap: (builder: BtfBuilder, id: TypeId) => TypeId): Build =>
      (builder, { int }) => {
        const inner = builder.addStruct('inner', 64, [at(offset, 'a', int)])
        return builder.addStruct('outer', 128, [at(offset, 'inner', wrap(builder, inner))])
      }
    const plain = nested(0, (_, id) => id)
    const wrapped = nested(20, (builder, id) =>
      builder.addModifier('const', builder.addTypedef('inner_t', id)),
    )
    expect(match(plain, '0:0:0', wrapped)?.bitOffset).toBe(40 * 8)
    expect(match(wrapped, '0:0:0', plain)?.bitOffset).toBe(0)
  })

  it('takes typedefs off a candidate root', () => {
    const typedef: Build = (builder, basics) => builder.addTypedef('task_t', task(builder, basics))
    expect(match(typedef, '0:1', typedef)?.bitOffset).toBe(32)
  })

  it('indexes the root by the target type’s size', () => {
    const large: Build = (builder, { int }) => builder.addStruct('task', 100, [at(0, 'pid', int)])
    expect(match(task, '3', large)?.bitOffset).toBe(300 * 8)
  })
})

describe('matchField in arrays', () => {
  const table =
    (length: number, elementSize = 4, after: 'last' | 'not last' = 'not last'): Build =>
    (builder, { int }) => {
      const element = builder.addStruct('element', elementSize, [at(0, 'a', int)])
      const members = [at(8, 'table', builder.addArray(element, int, length))]
      return builder.addStruct('s', 512, after === 'last' ? members : [...members, at(500, 'end', int)])
    }

  it('uses the element size of the target', () => {
    expect(match(table(4), '0:0:3:0', table(8, 16))?.bitOffset).toBe((8 + 48) * 8)
  })

  it('finds no element behind the end of the target’s array', () => {
    expect(match(table(4), '0:0:3', table(4))?.bitOffset).toBe((8 + 12) * 8)
    expect(match(table(4), '0:0:3', table(3))).toBeUndefined()
  })

  it('takes a flexible array as long as is asked for, and an empty one in the middle for empty', () => {
    expect(match(table(4), '0:0:3', table(0, 4, 'last'))?.bitOffset).toBe((8 + 12) * 8)
    expect(match(table(4), '0:0:3', table(0, 4, 'not last'))).toBeUndefined()
  })

  it('finds no element where the target has no array', () => {
    const local: Build = (builder, { int }) =>
      builder.addStruct('s', 8, [at(0, 'a', builder.addArray(int, int, 2))])
    const target: Build = (builder, { int }) => builder.addStruct('s', 8, [at(0, 'a', int)])
    expect(match(local, '0:0:1', target)).toBeUndefined()
  })
})

describe('matchField in hostile types', () => {
  const levels =
    (count: number, name: string): Build =>
    (builder, { int }) => {
      let id = builder.addStruct('', 4, [at(0, name, int)])
      for (let level = 1; level < count; level++) id = builder.addStruct('', 4, [at(0, '', id)])
      return builder.addStruct('task', 4, [at(0, '', id)])
    }

  it('searches anonymous members down to the limit, and not below', () => {
    expect(match(task, '0:1', levels(MAX_ACCESS_LENGTH - 2, 'tgid'))?.positions).toHaveLength(
      MAX_ACCESS_LENGTH,
    )
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () =>
      match(task, '0:1', levels(MAX_ACCESS_LENGTH - 1, 'tgid')),
    )
    expect(error.message).toContain('64 levels deep')
  })

  it('ends where an anonymous struct contains itself', () => {
    bpfErrorOf('CORE_BAD_RELOCATION', () =>
      match(task, '0:1', (builder) => builder.addStruct('task', 4, [at(0, '', builder.nextId)])),
    )
  })

  it('searches a type that many anonymous members share only once', () => {
    // Each of 50 levels has the next one twice: 2^50 paths lead to the innermost.
    const shared: Build = (builder, { int }) => {
      let id = builder.addStruct('', 4, [at(0, 'x', int)])
      for (let level = 0; level < 50; level++) id = builder.addUnion('', 4, [at(0, '', id), at(0, '', id)])
      return builder.addStruct('task', 4, [at(0, '', id)])
    }
    expect(match(task, '0:1', shared)).toBeUndefined()
  })
})

describe('fieldsAreCompatible', () => {
  const kinds: Readonly<Record<string, Build>> = {
    int: (_, { int }) => int,
    u64: (_, { u64 }) => u64,
    typedef: (builder, { int }) => builder.addTypedef('pid_t', builder.addModifier('const', int)),
    shifted: (builder) => builder.addInt('old bitfield', 4, { bitOffset: 3, bits: 5 }),
    ptr: (builder, { int }) => builder.addPtr(int),
    voidPtr: (builder) => builder.addPtr(typeId(0)),
    float: (builder) => builder.addFloat('float', 4),
    double: (builder) => builder.addFloat('double', 8),
    struct: (builder) => builder.addStruct('one', 4, []),
    union: (builder) => builder.addUnion('other', 8, []),
    enum: (builder) => builder.addEnum('state', { size: 4, signed: false, enumerators: [] }),
    enum64: (builder) => builder.addEnum64('state', { size: 8, signed: false, enumerators: [] }),
    enumFlavour: (builder) => builder.addEnum('state___old', { size: 4, signed: false, enumerators: [] }),
    otherEnum: (builder) => builder.addEnum('mode', { size: 4, signed: false, enumerators: [] }),
    anonymousEnum: (builder) => builder.addEnum('', { size: 4, signed: false, enumerators: [] }),
    fwd: (builder) => builder.addFwd('opaque', 'struct'),
    fwdFlavour: (builder) => builder.addFwd('opaque___v2', 'union'),
    otherFwd: (builder) => builder.addFwd('other', 'struct'),
    ints: (builder, { int }) => builder.addArray(int, int, 4),
    grid: (builder, { int }) => builder.addArray(builder.addArray(int, int, 2), int, 9),
    u64s: (builder, { int, u64 }) => builder.addArray(u64, int, 1),
    ptrs: (builder, { int }) => builder.addArray(builder.addPtr(int), int, 4),
    proto: (builder, { int }) => builder.addFuncProto(int, []),
    void: () => typeId(0),
  }

  function compatible(localName: string, targetName: string): boolean {
    const build = (name: string): ReturnType<typeof built<TypeId>> =>
      built((builder) => kinds[name]!(builder, addBasics(builder)))
    const [local, target] = [build(localName), build(targetName)]
    return fieldsAreCompatible(local.btf, local.ids, target.btf, target.ids)
  }

  it.each([
    ['int', 'u64'],
    ['int', 'typedef'],
    ['ptr', 'voidPtr'],
    ['float', 'double'],
    ['struct', 'union'],
    ['struct', 'struct'],
    ['enum', 'enum'],
    ['enum', 'enum64'],
    ['enum', 'enumFlavour'],
    ['enum', 'anonymousEnum'],
    ['enum64', 'anonymousEnum'],
    ['fwd', 'fwdFlavour'],
    ['ints', 'u64s'],
    ['ptrs', 'ptrs'],
  ])('reads %s as %s, and the other way round', (one, other) => {
    expect(compatible(one, other)).toBe(true)
    expect(compatible(other, one)).toBe(true)
  })

  it.each([
    ['int', 'ptr'],
    ['int', 'enum'],
    ['int', 'float'],
    ['int', 'shifted'],
    ['int', 'ints'],
    ['struct', 'ptr'],
    ['struct', 'fwd'],
    ['enum', 'otherEnum'],
    ['fwd', 'otherFwd'],
    ['ints', 'ptrs'],
    ['ints', 'grid'],
    ['proto', 'proto'],
    ['void', 'void'],
  ])('does not read %s as %s, nor the other way round', (one, other) => {
    expect(compatible(one, other)).toBe(false)
    expect(compatible(other, one)).toBe(false)
  })

  it('gives up on arrays of arrays without end', () => {
    const { btf, ids } = built((builder) => {
      const { int } = addBasics(builder)
      return builder.addArray(builder.nextId, int, 1)
    })
    expect(fieldsAreCompatible(btf, ids, btf, ids)).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { typeId, type TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { relocateSplitBtf } from '../../src/btf/relocate_split.ts'
import { at } from '../core/members.ts'
import { built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

type Endianness = 'little' | 'big'

type Distilled = Readonly<
  Record<'int' | 'list' | 'device' | 'state' | 'wide' | 'float' | 'ops' | 'union', TypeId>
>

/** The types that a module refers to, as a distilled base has them. */
const addDistilled = (b: BtfBuilder): Distilled => ({
  int: b.addInt('int', 4, { encoding: 'signed' }),
  list: b.addStruct('list_head', 16, []),
  device: b.addStruct('device', 0, []),
  state: b.addEnum('state', { size: 4, signed: false, enumerators: [] }),
  wide: b.addEnum('wide', { size: 8, signed: false, enumerators: [] }),
  float: b.addFloat('double', 8),
  ops: b.addFwd('ops', 'struct'),
  union: b.addUnion('value', 8, []),
})

/** A module's types on top of these: one of every kind. */
function addModule(b: BtfBuilder, base: Distilled): readonly TypeId[] {
  const devicePtr = b.addPtr(b.addModifier('const', base.device))
  const array = b.addArray(base.int, base.int, 4)
  const record = b.addStruct('record', 64, [
    at(0, 'list', base.list),
    at(16, 'device', devicePtr),
    at(24, 'numbers', array),
    at(40, 'state', base.state),
    at(48, 'value', base.union),
  ])
  const alias = b.addTypedef('record_t', record)
  const proto = b.addFuncProto(base.int, [
    { name: 'r', type: b.addPtr(alias) },
    { name: 'ops', type: b.addPtr(base.ops) },
  ])
  const func = b.addFunc('record_init', proto, 'static')
  const tag = b.addDeclTag('bpf_kfunc', func, -1)
  const variable = b.addVar('the_record', alias, 'static')
  const section = b.addDatasec('.data', 64, [{ type: variable, offset: 0, size: 64 }])
  const own = b.addEnum('own', { size: 4, signed: false, enumerators: [{ name: 'OWN', value: 7n }] })
  const own64 = b.addEnum64('own64', {
    size: 8,
    signed: false,
    enumerators: [{ name: 'OWN64', value: 1n << 40n }],
  })
  const tagged = b.addPtr(b.addTypeTag('rcu', base.device))
  const wides = b.addUnion('wides', 8, [at(0, 'wide', base.wide), at(0, 'real', base.float)])
  const fwd = b.addFwd('own_fwd', 'union')
  const float = b.addFloat('own_float', 4)
  const int = b.addInt('own_int', 2)
  const qualified = b.addModifier('volatile', b.addModifier('restrict', devicePtr))
  return [record, proto, func, tag, variable, section, own, own64, tagged, wides, fwd, float, int, qualified]
}

/** Another kernel: other ids, full types, and more of them. */
function addKernel(b: BtfBuilder): void {
  const long = b.addInt('long', 8, { encoding: 'signed' })
  const self = b.nextId
  b.addStruct('list_head', 16, [at(0, 'next', typeId(self + 1)), at(8, 'prev', typeId(self + 1))])
  b.addPtr(self)
  b.addUnion('value', 8, [at(0, 'l', long)])
  b.addStruct('device', 200, [at(0, 'id', long)])
  b.addEnum('state', { size: 4, signed: false, enumerators: [{ name: 'ON', value: 1n }] })
  b.addStruct('ops', 8, [at(0, 'open', long)])
  b.addEnum64('wide', { size: 8, signed: false, enumerators: [{ name: 'FAR', value: 1n << 40n }] })
  b.addFloat('double', 8)
  b.addTypedef('int', long)
  b.addInt('int', 4, { encoding: 'signed' })
}

interface Case {
  readonly endianness?: Endianness
  readonly distilled?: (b: BtfBuilder) => void
  readonly kernel?: (b: BtfBuilder) => void
}

interface Moved {
  readonly before: Btf
  readonly ids: readonly TypeId[]
  readonly base: Btf
  readonly move: () => Btf
}

function moved({ endianness = 'little', distilled, kernel = addKernel }: Case = {}): Moved {
  const small = built(
    (b) => {
      const ids = addDistilled(b)
      distilled?.(b)
      return ids
    },
    { endianness },
  )
  const split = built((b) => addModule(b, small.ids), { endianness, base: small.btf })
  const base = built(kernel, { endianness }).btf
  return { before: split.btf, ids: split.ids, base, move: () => relocateSplitBtf(split.btf, base) }
}

/** Names of the base's types, whose contents differ. */
const BASE_NAMES = ['int', 'list_head', 'device', 'state', 'wide', 'double', 'ops', 'value']

/** A type with what it refers to spelled out, down to the given depth; of the base's types the names only. */
function spelled(btf: Btf, id: TypeId, depth = 5): unknown {
  const type = btf.type(id)
  if (depth === 0 || BASE_NAMES.includes(type.name)) return type.name
  const see = (target: TypeId): unknown => spelled(btf, target, depth - 1)
  const references = ('target' in type ? [type.target] : [])
    .concat('element' in type ? [type.element, type.index] : [])
    .concat('proto' in type ? [type.proto] : [])
    .concat('returnType' in type ? [type.returnType, ...type.params.map((param) => param.type)] : [])
    .concat('members' in type ? type.members.map((member) => member.type) : [])
    .concat('variables' in type ? type.variables.map((variable) => variable.type) : [])
    .concat('type' in type ? [type.type] : [])
  const names = ('members' in type ? type.members.map(({ name, bitOffset }) => `${name}@${bitOffset}`) : [])
    .concat('params' in type ? type.params.map(({ name }) => name) : [])
    .concat('enumerators' in type ? type.enumerators.map(({ name, value }) => `${name}=${value}`) : [])
  const size = 'size' in type ? type.size : undefined
  return { kind: type.kind, name: type.name, size, names, references: references.map(see) }
}

describe('relocateSplitBtf', () => {
  it.each(['little', 'big'] as const)(
    'refers to the same types by name in another kernel, %s-endian',
    (endianness) => {
      const { before, ids, base, move } = moved({ endianness })
      const after = move()
      expect([after.base, after.firstId, after.typeCount]).toEqual([
        base,
        base.typeCount + 1,
        before.typeCount,
      ])
      expect(before.firstId).toBe(9)
      for (const id of ids) {
        const same = typeId(id + after.firstId - before.firstId)
        expect(spelled(after, same)).toEqual(spelled(before, id))
      }
    },
  )

  it('maps each distilled type to the type of its name and kind', () => {
    const after = moved().move()
    const record = after.find('record', 'struct')
    const kinds = record?.members.map(({ name, type }) => [name, after.kind(type), after.type(type).name])
    expect(kinds).toEqual([
      ['list', 'struct', 'list_head'],
      ['device', 'ptr', ''],
      ['numbers', 'array', ''],
      ['state', 'enum', 'state'],
      ['value', 'union', 'value'],
    ])
    expect(after.find('wides', 'union')?.members.map(({ type }) => after.kind(type))).toEqual([
      'enum64',
      'float',
    ])
    const init = after.find('record_init', 'func')
    const proto = init && after.type(init.proto)
    const last = proto?.kind === 'func_proto' ? after.type(proto.params[1]?.type ?? typeId(0)) : undefined
    expect(last?.kind === 'ptr' && after.type(last.target)).toMatchObject({
      kind: 'struct',
      name: 'ops',
      size: 8,
    })
  })

  it('leaves the BTF that it starts from as it is', () => {
    const { before, move } = moved()
    const bytes = before.bytes.slice()
    move()
    expect(before.bytes).toEqual(bytes)
  })

  /** `addKernel`'s types by name, with `instead` for one of them. */
  const without =
    (name: string, instead: (b: BtfBuilder) => void = () => undefined) =>
    (b: BtfBuilder): void => {
      const full = built(addKernel).btf
      for (let index = 0; index < full.typeCount; index++) {
        const type = full.type(full.idAt(index))
        if (type.name === name && type.kind !== 'typedef') instead(b)
        else if (type.kind === 'struct') b.addStruct(type.name, type.size, [])
        else if (type.kind === 'union') b.addUnion(type.name, type.size, [])
        else if (type.kind === 'int') b.addInt(type.name, type.size, { encoding: type.encoding })
        else if (type.kind === 'enum') b.addEnum(type.name, type)
        else if (type.kind === 'enum64') b.addEnum64(type.name, type)
        else if (type.kind === 'float') b.addFloat(type.name, type.size)
        else b.addTypedef(type.name, typeId(1))
      }
    }

  it.each<[string, string, (b: BtfBuilder) => void, RegExp]>([
    [
      'a struct that is gone',
      'device',
      () => undefined,
      /struct device of 0 bytes, and test has no such type/,
    ],
    [
      'an int of another size',
      'int',
      (b) => b.addInt('int', 8, { encoding: 'signed' }),
      /int int of 4 bytes/,
    ],
    ['an int that has lost its sign', 'int', (b) => b.addInt('int', 4), /int int of 4 bytes/],
    [
      'an enum of another size',
      'state',
      (b) => b.addEnum('state', { size: 1, signed: false, enumerators: [] }),
      /enum state/,
    ],
    ['a union that is a struct now', 'value', (b) => b.addStruct('value', 8, []), /union value of 8 bytes/],
    [
      'an embedded struct that has grown',
      'list_head',
      (b) => b.addStruct('list_head', 24, []),
      /struct list_head of 16 bytes/,
    ],
    ['a forward declaration of a union now', 'ops', (b) => b.addFwd('ops', 'union'), /fwd ops,/],
    [
      'two embedded structs of one name and size',
      'list_head',
      (b) => {
        b.addStruct('list_head', 16, [])
        b.addStruct('list_head', 16, [])
      },
      /has 2 \(types \d+, \d+\), and nothing tells/,
    ],
    [
      'a struct and a forward declaration',
      'ops',
      (b) => {
        b.addStruct('ops', 8, [])
        b.addFwd('ops', 'struct')
      },
      /fwd ops, and test has 2/,
    ],
  ])('refuses %s', (_, name, instead, message) => {
    const error = expectBtfError(moved({ kernel: without(name, instead) }).move, 'BTF_BASE_MISMATCH')
    expect(error.message).toMatch(message)
    expect([error.object, error.section]).toEqual(['test', '.BTF.base'])
  })

  it('takes a struct of any size that is only pointed to, and of several that of the right one', () => {
    const grown = moved({ kernel: without('device', (b) => b.addStruct('device', 999, [])) }).move()
    expect(grown.find('device', 'struct')?.size).toBe(999)
    const two = (b: BtfBuilder): void => {
      b.addStruct('list_head', 24, [])
      b.addStruct('list_head', 16, [])
    }
    const after = moved({ kernel: without('list_head', two) }).move()
    const first = after.find('record', 'struct')?.members[0]
    expect(after.type(first?.type ?? typeId(0))).toMatchObject({ name: 'list_head', size: 16 })
  })

  it.each<[string, (b: BtfBuilder) => void, RegExp]>([
    ['an anonymous type', (b) => b.addStruct('', 4, []), /type 9 at byte \d+ is an anonymous struct/],
    ['a pointer', (b) => b.addPtr(typeId(1)), /is an anonymous ptr/],
    ['a typedef', (b) => b.addTypedef('t', typeId(1)), /is a typedef, which a distilled base does not have/],
    ['an enum64', (b) => b.addEnum64('e', { size: 8, signed: false, enumerators: [] }), /is a enum64/],
  ])('refuses a distilled base with %s', (_, distilled, message) => {
    expect(expectBtfError(moved({ distilled }).move, 'BTF_BAD_TYPE').message).toMatch(message)
  })

  it('refuses what is not split, and another byte order', () => {
    const { btf: base } = built(addKernel)
    expect(expectBtfError(() => relocateSplitBtf(base, base), 'BTF_BASE_MISMATCH').message).toContain(
      'no base',
    )
    const { before } = moved()
    const big = built(addKernel, { endianness: 'big' }).btf
    expect(expectBtfError(() => relocateSplitBtf(before, big), 'BTF_BASE_MISMATCH').message).toContain(
      'endian',
    )
  })

  it.each<[string, (b: BtfBuilder) => void, RegExp]>([
    ['a type behind the last', (b) => b.addPtr(typeId(5000)), /refers to type 5000, which does not exist/],
    [
      "a name that is no distilled type's",
      (b) => b.addRaw({ nameOffset: 2, info: 2 << 24, sizeOrType: 1 }),
      /string at offset 2/,
    ],
  ])('refuses a module that has %s', (_, hostile, message) => {
    const { btf: distilled } = built((b) => b.addInt('int', 4, { encoding: 'signed' }))
    const { btf } = built(hostile, { base: distilled })
    const error = expectBtfError(() => relocateSplitBtf(btf, built(addKernel).btf), 'BTF_BAD_TYPE')
    expect(error.message).toMatch(message)
  })

  it('refuses a kind that is not known, because its references are not', () => {
    const { btf: distilled } = built((b) => b.addInt('int', 4, { encoding: 'signed' }))
    const builder = new BtfBuilder({ base: distilled })
    builder.addRaw({ nameOffset: 0, info: 20 << 24, sizeOrType: 1 })
    const layout = Array.from({ length: 21 }, () => ({ infoSize: 0, elementSize: 0 }))
    const bytes = builder.finish({ endianness: 'little', layout })
    const btf = Btf.parse(bytes, { name: 'module', base: distilled })
    expectBtfError(() => relocateSplitBtf(btf, built(addKernel).btf), 'BTF_UNKNOWN_KIND')
  })
})

import { describe, expect, it } from 'vitest'
import { type TypeId, typeId, VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { dedup } from '../../src/btf/dedup.ts'
import { TypeList } from '../../src/btf/type_list.ts'
import { typeRecords, wordPlaces } from '../../src/btf/type_words.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

/** The types of several BTFs in one list, as linking puts them together. */
function listOf(...builds: readonly ((builder: BtfBuilder) => void)[]): TypeList {
  const list = new TypeList()
  for (const build of builds) {
    const builder = new BtfBuilder()
    build(builder)
    const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test' })
    const records = typeRecords(btf)
    const before = list.count
    for (let id = 1; id <= btf.typeCount; id++) {
      const record = Array.from(records.record(typeId(id)))
      const { strings, types } = wordPlaces(record)
      for (const at of strings) record[at] = list.strings.addBytes(records.string(record[at] ?? 0))
      for (const at of types) record[at] = record[at] === 0 ? 0 : (record[at] ?? 0) + before
      list.add(record)
    }
  }
  return list
}

/** What is left, as kinds and names in their order. */
function left(list: TypeList): readonly string[] {
  const btf = Btf.parse(dedup(list).types.bytes('little'), { name: 'result' })
  return Array.from({ length: btf.typeCount }, (_, index) => {
    const { kind, name } = btf.type(typeId(index + 1))
    return `${kind} ${name}`.trim()
  })
}

const pointerTo = (
  of: TypeId,
): { readonly name: string; readonly type: TypeId; readonly bitOffset: number } => ({
  name: 'next',
  type: of,
  bitOffset: 0,
})

/** `struct name { struct name *next; }` */
function addList(builder: BtfBuilder, name: string): TypeId {
  const struct = builder.addStruct(name, 8, [pointerTo(typeId(builder.nextId + 1))])
  builder.addPtr(struct)
  return struct
}

describe('dedup', () => {
  it('finds types equal that refer to themselves, and keeps the first', () => {
    const build = (builder: BtfBuilder): void => {
      addList(builder, 'list')
    }
    const list = listOf(build, build, build)
    const { ids } = dedup(list)
    expect(left(list)).toEqual(['struct list', 'ptr'])
    expect([...ids]).toEqual([0, 1, 2, 1, 2, 1, 2])
  })

  it('finds a circle equal to the same circle written twice as long', () => {
    const twice = (builder: BtfBuilder): void => {
      // struct list { struct list *next; } with another copy of the struct behind each pointer.
      builder.addStruct('list', 8, [pointerTo(typeId(2))])
      builder.addPtr(typeId(3))
      builder.addStruct('list', 8, [pointerTo(typeId(4))])
      builder.addPtr(typeId(1))
    }
    expect(left(listOf(twice))).toEqual(['struct list', 'ptr'])
  })

  it('tells apart what differs far away', () => {
    const build =
      (size: number) =>
      (builder: BtfBuilder): void => {
        const int = builder.addInt('int', size)
        const inner = builder.addStruct('inner', 8, [{ name: 'x', type: int, bitOffset: 0 }])
        const outer = builder.addStruct('outer', 8, [pointerTo(builder.addPtr(inner))])
        builder.addTypedef('outer_t', outer)
      }
    expect(left(listOf(build(4), build(8), build(4)))).toHaveLength(10)
  })

  it('compares every kind by all that it says', () => {
    const everything =
      (change: number) =>
      (builder: BtfBuilder): void => {
        const int = builder.addInt('int', 4, { encoding: change === 1 ? 'signed' : 'unsigned' })
        builder.addFloat('float', change === 2 ? 8 : 4)
        builder.addArray(int, int, change === 3 ? 4 : 3)
        builder.addUnion('u', 4, [{ name: change === 4 ? 'y' : 'x', type: int, bitOffset: 0 }])
        builder.addEnum('e', {
          size: 4,
          signed: false,
          enumerators: [{ name: 'A', value: change === 5 ? 2n : 1n }],
        })
        builder.addEnum64('f', {
          size: 8,
          signed: change === 6,
          enumerators: [{ name: 'B', value: 1n << 40n }],
        })
        builder.addFwd('g', change === 7 ? 'union' : 'struct')
        builder.addModifier(change === 8 ? 'const' : 'volatile', int)
        const proto = builder.addFuncProto(int, [{ name: change === 9 ? 'b' : 'a', type: int }])
        const func = builder.addFunc('h', proto, change === 10 ? 'static' : 'global')
        builder.addDeclTag('tag', func, change === 11 ? 0 : -1)
        builder.addTypeTag(change === 12 ? 'rcu' : 'user', int)
        builder.addStruct('s', 4, [
          { name: 'x', type: int, bitOffset: 0, bitfieldSize: change === 13 ? 3 : 4 },
        ])
      }
    const count = left(listOf(everything(0))).length
    expect(left(listOf(everything(0), everything(0)))).toHaveLength(count)
    for (let change = 1; change <= 13; change++) {
      expect(left(listOf(everything(0), everything(change))).length, `change ${change}`).toBeGreaterThan(
        count,
      )
    }
  })

  it('never merges variables and DATASECs', () => {
    const build = (builder: BtfBuilder): void => {
      const variable = builder.addVar('state', builder.addInt('int', 4), 'static')
      builder.addDatasec('.data', 4, [{ type: variable, offset: 0, size: 4 }])
    }
    expect(left(listOf(build, build))).toEqual([
      'int int',
      'var state',
      'datasec .data',
      'var state',
      'datasec .data',
    ])
  })

  describe('forward declarations', () => {
    const holder =
      (add: (builder: BtfBuilder) => TypeId) =>
      (builder: BtfBuilder): void => {
        builder.addStruct('holder', 8, [pointerTo(builder.addPtr(add(builder)))])
      }
    const forward = holder((builder) => builder.addFwd('held', 'struct'))
    const defined = (size: number): ReturnType<typeof holder> =>
      holder((builder) => builder.addStruct('held', size, []))

    it('are taken for the struct of their name, so that what points to them is equal', () => {
      const list = listOf(forward, defined(4))
      const { ids } = dedup(list)
      expect(left(list)).toEqual(['ptr', 'struct holder', 'struct held'])
      expect([...ids]).toEqual([0, 3, 1, 2, 3, 1, 2])
    })

    it('are taken for it also where the definition came first', () => {
      expect(left(listOf(defined(4), forward))).toEqual(['struct held', 'ptr', 'struct holder'])
    })

    it('stay where two structs have the name', () => {
      const kinds = left(listOf(forward, defined(4), defined(8)))
      expect(kinds.filter((text) => text === 'fwd held')).toHaveLength(1)
      expect(kinds.filter((text) => text === 'struct holder')).toHaveLength(3)
    })

    it('stay where what they stand for is of another kind, or has no name', () => {
      const other = holder((builder) => builder.addUnion('held', 4, []))
      const anonymous = (builder: BtfBuilder): void => {
        builder.addFwd('', 'struct')
        builder.addStruct('', 4, [])
      }
      expect(left(listOf(forward, other))).toContain('fwd held')
      expect(left(listOf(anonymous))).toEqual(['fwd', 'struct'])
    })

    it('stay together with those of structs that they make ambiguous', () => {
      const user =
        (add: (builder: BtfBuilder) => TypeId) =>
        (builder: BtfBuilder): void => {
          builder.addStruct('user', 8, [pointerTo(builder.addPtr(add(builder)))])
        }
      const forwardHolder = user((builder) => builder.addFwd('holder', 'struct'))
      const kinds = left(listOf(forwardHolder, defined(4), defined(8)))
      expect(kinds).toContain('fwd holder')
    })

    it('are enums without enumerators, too', () => {
      const full = (builder: BtfBuilder): void => {
        builder.addPtr(
          builder.addEnum('e', { size: 4, signed: false, enumerators: [{ name: 'A', value: 1n }] }),
        )
      }
      const empty = (builder: BtfBuilder): void => {
        builder.addPtr(builder.addEnum('e', { size: 4, signed: false, enumerators: [] }))
      }
      expect(left(listOf(empty, full))).toEqual(['ptr', 'enum e'])
    })
  })

  it('keeps strings as they are, byte for byte', () => {
    const list = new TypeList()
    const nameOffset = list.strings.addBytes('caf\u00e9')
    list.add([nameOffset, 7 << 24, 0])
    const bytes = dedup(list).types.bytes('little')
    expect(Buffer.from(bytes).toString('latin1')).toContain('caf\u00e9\0')
  })

  it('refuses a reference to a type that there is not', () => {
    const list = new TypeList()
    list.add([0, 2 << 24, 7])
    bpfErrorOf('BTF_NO_SUCH_TYPE', () => dedup(list))
  })

  it('takes time in proportion to the types, whatever they look like', () => {
    const count = 60_000
    const list = new TypeList()
    // A chain of pointers that ends in void: it takes as many rounds as it is long to tell its links apart.
    for (let id = 1; id <= count; id++) list.add([0, 2 << 24, id - 1])
    // As many structs that look alike and differ only in where on the chain they point.
    const info = ((4 << 24) | 1) >>> 0
    for (let id = 1; id <= count; id++) list.add([0, info, 8, 0, id, 0])
    const start = performance.now()
    expect(dedup(list).types.count).toBe(2 * count)
    expect(performance.now() - start).toBeLessThan(20_000)
  })

  it('gives up taking forward declarations back before a hostile file makes it slow', () => {
    const list = new TypeList()
    const name = (index: number): number => list.strings.add(`s${index}`)
    const [fwd, ptr, struct] = [7 << 24, 2 << 24, ((4 << 24) | 1) >>> 0]
    // s0 has two definitions; each sN has two as well, which differ in that one of them holds the forward declaration of s(N-1).
    list.add([name(0), struct, 4, 0, VOID, 0])
    list.add([name(0), struct, 8, 0, VOID, 0])
    for (let index = 1; index < 200; index++) {
      const forward = list.add([name(index - 1), fwd, 0])
      const definition = index === 1 ? 1 : forward - 2
      list.add([name(index), struct, 8, 0, list.count + 2, 0])
      list.add([0, ptr, forward])
      list.add([name(index), struct, 8, 0, list.count + 2, 0])
      list.add([0, ptr, definition])
    }
    expect(dedup(list).types.count).toBeGreaterThan(0)
  })
})

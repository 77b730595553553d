import { describe, expect, it } from 'vitest'
import { TypeTable } from '../../src/btf/type_table.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

describe('a table of types', () => {
  it('has the types of split BTF behind those of its base', () => {
    const { btf: base, ids: int } = built((b) => addBasics(b).int)
    const { btf, ids } = built((b) => b.addTypedef('own', b.addPtr(int)), { base })
    const table = new TypeTable(btf)
    expect(table.end).toBe(btf.firstId + btf.typeCount)
    expect([table.kind(int), table.kind(ids)]).toEqual(['int', 'typedef'])
    expect([int, ids].map((id) => table.stringIfAny(table.nameOffset(id)))).toEqual(['int', 'own'])
    expect(table.sizeOrType(table.sizeOrType(ids))).toBe(int)
  })

  it('has void, of which everything is 0', () => {
    const table = new TypeTable(built((b) => addBasics(b)).btf)
    expect(table.kind(0)).toBe('void')
    expect([table.nameOffset(0), table.vlen(0), table.sizeOrType(0)]).toEqual([0, 0, 0])
  })

  it('has the bytes of the other endianness turned', () => {
    const add = (endianness: 'little' | 'big'): TypeTable =>
      new TypeTable(built((b) => b.addTypedef('t', addBasics(b).u64), { endianness }).btf)
    expect(add('big').words).toEqual(add('little').words)
  })

  it('has bitfields, and offsets without their sizes', () => {
    const { btf, ids } = built((b) => {
      const { int } = addBasics(b)
      return b.addStruct('s', 8, [
        { name: 'a', type: int, bitOffset: 0, bitfieldSize: 3 },
        { name: 'b', type: int, bitOffset: 32 },
      ])
    })
    const table = new TypeTable(btf)
    expect([0, 1].map((index) => table.bitfieldSize(ids, index))).toEqual([3, 0])
    expect([0, 1].map((index) => table.memberOffset(ids, index))).toEqual([0, 32])
  })

  it('says what is wrong with ids and strings that there are not', () => {
    const table = new TypeTable(built((b) => addBasics(b)).btf)
    expectBtfError(() => table.kind(99), 'BTF_NO_SUCH_TYPE')
    expect(table.knownKind(99)).toBeUndefined()
    expectBtfError(() => table.string(9999), 'BTF_BAD_STRING')
    expect(table.stringIfAny(9999)).toBeUndefined()
  })

  it('has names of any language', () => {
    const { btf, ids } = built((b) => b.addTypedef('größe', addBasics(b).int))
    const table = new TypeTable(btf)
    expect(table.stringIfAny(table.nameOffset(ids))).toBe('größe')
    expect(table.isNamed(ids, 'gr')).toBe(false)
  })
})

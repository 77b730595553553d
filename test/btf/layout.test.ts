import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import { alignmentOf, sizeOf } from '../../src/btf/layout.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

describe('size and alignment', () => {
  it('are those of the C types', () => {
    const { btf, ids } = built((b) => {
      const basics = addBasics(b)
      const { u8, u32, u64 } = basics
      const member = (name: string, type: TypeId, bitOffset: number) => ({ name, type, bitOffset })
      return {
        ptr: b.addPtr(VOID),
        array: b.addArray(b.addTypedef('t', u32), u32, 6),
        struct: b.addStruct('s', 16, [member('a', u8, 0), member('b', u64, 64)]),
        packed: b.addStruct('p', 9, [member('a', u8, 0), member('b', u64, 8)]),
        odd: b.addStruct('o', 6, [member('a', u32, 0)]),
        empty: b.addStruct('e', 0, []),
        variable: b.addVar('v', u64, 'static'),
        huge: b.addInt('u128', 16),
        bits: b.addStruct('b', 4, [{ ...member('x', u32, 3), bitfieldSize: 5 }]),
        enum: b.addEnum('e', { size: 2, signed: false, enumerators: [] }),
        float: b.addFloat('float', 4),
      }
    })
    const layout = Object.entries(ids).map(([name, id]) => [name, sizeOf(btf, id), alignmentOf(btf, id)])
    expect(layout).toEqual([
      ['ptr', 8, 8],
      ['array', 24, 4],
      ['struct', 16, 8],
      ['packed', 9, 1],
      ['odd', 6, 1],
      ['empty', 0, 1],
      ['variable', 8, 8],
      ['huge', 16, 8],
      ['bits', 4, 4],
      ['enum', 2, 2],
      ['float', 4, 4],
    ])
  })

  it('do not exist for void, functions and forward declarations', () => {
    const { btf, ids } = built((b) => [
      VOID,
      b.addFwd('f', 'struct'),
      b.addFuncProto(VOID, []),
      b.addFunc('g', typeId(2), 'static'),
    ])
    for (const id of ids) {
      expectBtfError(() => sizeOf(btf, id), 'BTF_NO_SIZE')
      expectBtfError(() => alignmentOf(btf, id), 'BTF_NO_SIZE')
    }
  })

  it('are refused for arrays beyond 4 GiB and for an array of itself', () => {
    const { btf, ids } = built((b) => {
      const int = b.addInt('int', 4)
      const wide = b.addArray(int, int, 0x40000000)
      return { wide, nested: b.addArray(wide, int, 0xffffffff), self: b.addArray(b.nextId, int, 1) }
    })
    expectBtfError(() => sizeOf(btf, ids.wide), 'BTF_NO_SIZE')
    expectBtfError(() => sizeOf(btf, ids.nested), 'BTF_NO_SIZE')
    expectBtfError(() => sizeOf(btf, ids.self), 'BTF_TOO_DEEP')
    expectBtfError(() => alignmentOf(btf, ids.self), 'BTF_TOO_DEEP')
  })

  it('are refused for a struct that contains itself by value', () => {
    const { btf, ids } = built((b) => b.addStruct('s', 8, [{ name: 'self', type: b.nextId, bitOffset: 0 }]))
    expect(sizeOf(btf, ids)).toBe(8)
    expectBtfError(() => alignmentOf(btf, ids), 'BTF_TOO_DEEP')
  })

  it('of structs that share members many levels deep are found in no time', () => {
    const { btf, ids } = built((b) => {
      let id = b.addInt('int', 4)
      for (let level = 0; level < 30; level++) {
        id = b.addStruct(
          's',
          4,
          ['a', 'b', 'c', 'd'].map((name) => ({ name, type: id, bitOffset: 0 })),
        )
      }
      return id
    })
    expect(alignmentOf(btf, ids)).toBe(4)
  })
})

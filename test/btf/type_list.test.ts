import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { infoWord, TypeList } from '../../src/btf/type_list.ts'

describe('TypeList', () => {
  it('writes BTF of either byte order', () => {
    for (const endianness of ['little', 'big'] as const) {
      const list = new TypeList()
      const int = list.add([list.strings.add('int'), infoWord('int', 0), 4, 32])
      list.add([list.strings.add('s'), infoWord('struct', 1), 4, list.strings.add('x'), int, 0])
      const btf = Btf.parse(list.bytes(endianness), { name: 'test' })
      expect(btf.endianness).toBe(endianness)
      expect(btf.typeCount).toBe(2)
      expect(btf.type(typeId(1))).toMatchObject({ kind: 'int', name: 'int', size: 4, bits: 32 })
      expect(btf.type(typeId(2))).toMatchObject({
        name: 's',
        members: [{ name: 'x', type: 1, bitOffset: 0 }],
      })
    }
  })

  it('gives no words for void and for types that there are not', () => {
    expect([...new TypeList().record(0)]).toEqual([])
    expect([...new TypeList().record(1)]).toEqual([])
  })
})

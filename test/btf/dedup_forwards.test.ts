import { describe, expect, it } from 'vitest'
import { findForwards, resolveForwards } from '../../src/btf/dedup_forwards.ts'
import { infoWord, TypeList } from '../../src/btf/type_list.ts'

const UNION = 0x8000_0000

describe('findForwards', () => {
  it('groups forward declarations with the definitions of their name and kind', () => {
    const list = new TypeList()
    const [s, u] = [list.strings.add('s'), list.strings.add('u')]
    list.add([s, infoWord('fwd', 0), 0])
    list.add([s, infoWord('union', 0), 4])
    list.add([s, infoWord('struct', 0), 4])
    list.add([s, infoWord('struct', 0), 8])
    list.add([u, infoWord('fwd', 0) + UNION, 0])
    list.add([u, infoWord('union', 0), 4])
    list.add([list.strings.add('nobody'), infoWord('fwd', 0), 0])
    expect(findForwards(list)).toEqual([
      { forwards: [1], definitions: [3, 4] },
      { forwards: [5], definitions: [6] },
    ])
  })
})

describe('resolveForwards', () => {
  it('leads forward declarations to the first definition, and all else to itself', () => {
    expect([...resolveForwards(4, [{ forwards: [2, 4], definitions: [3, 1] }])]).toEqual([0, 1, 3, 3, 3])
  })
})

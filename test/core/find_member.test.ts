import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { MAX_ACCESS_LENGTH } from '../../src/core/access.ts'
import { findMember } from '../../src/core/find_member.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { at } from './members.ts'

/** The positions that lead to the member. */
function wayTo(btf: Btf, id: TypeId, name: string, depth = 1): readonly number[] | undefined {
  return findMember(btf, id, name, depth)?.map(({ index }) => index)
}

/** `x` at 1, an anonymous struct with `x` and `y` at 2, `y` at 3, `x` again at 4. */
const { btf, ids } = built((builder) => {
  const { int } = addBasics(builder)
  const inner = builder.addStruct('', 8, [at(0, 'x', int), at(4, 'y', int)])
  const outer = builder.addStruct('outer', 24, [
    at(0, 'first', int),
    at(4, 'x', int),
    at(8, '', inner),
    at(16, 'y', int),
    at(20, 'x', int),
  ])
  return { int, inner, outer, typedef: builder.addTypedef('outer_t', outer) }
})

describe('findMember', () => {
  it('takes the first member of the name, in the order in which C would lay them out', () => {
    expect(wayTo(btf, ids.outer, 'first')).toEqual([0])
    expect(wayTo(btf, ids.outer, 'x')).toEqual([1])
    expect(wayTo(btf, ids.outer, 'y')).toEqual([2, 1])
    expect(findMember(btf, ids.outer, 'y', 1)?.map(({ composite }) => composite.id)).toEqual([
      ids.outer,
      ids.inner,
    ])
  })

  it('gives the same answer when it is asked again, for every name in turn', () => {
    for (const name of ['y', 'x', 'first', 'y', 'z', 'x']) {
      expect(wayTo(btf, ids.outer, name)).toEqual({ first: [0], x: [1], y: [2, 1] }[name])
    }
  })

  it('looks behind typedefs, and finds nothing in what has no members', () => {
    expect(wayTo(btf, ids.typedef, 'x')).toEqual([1])
    expect(findMember(btf, ids.int, 'x', 1)).toBeUndefined()
  })

  it('finds no member by the name that anonymous ones have', () => {
    expect(findMember(btf, ids.outer, '', 1)).toBeUndefined()
  })

  it('counts the levels from the root of the access', () => {
    expect(wayTo(btf, ids.outer, 'y', MAX_ACCESS_LENGTH - 2)).toEqual([2, 1])
    for (const depth of [MAX_ACCESS_LENGTH - 1, MAX_ACCESS_LENGTH]) {
      const error = bpfErrorOf('CORE_BAD_RELOCATION', () => findMember(btf, ids.outer, 'y', depth))
      expect(error.message).toContain('64 levels deep')
    }
    expect(wayTo(btf, ids.outer, 'x', MAX_ACCESS_LENGTH - 1)).toEqual([1])
  })
})

import { describe, expect, it } from 'vitest'
import type { Btf } from '../../src/btf/btf.ts'
import { arenaSize, fitArena, type ArenaMachine } from '../../src/loader/fit_arena.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { arenaSpec } from './arena_object.ts'
import { smallSpec } from './small_object.ts'

const relocated = (spec: ObjectSpec): RelocatedObject =>
  relocateObject(spec, { targetBtf: () => expect.fail('not asked for') as Btf })
const machine = (fullRange: boolean, pageSize = 4096): ArenaMachine => ({
  pageSize,
  hasFullRangeOffsets: () => fullRange,
})
const placeOf = ({ arenaData, programs }: RelocatedObject): (number | undefined)[] => [
  arenaData?.offset,
  programs[0]!.mapReferences[0]!.offset,
]

describe('__arena variables', () => {
  it('lie in the last pages of their arena', () => {
    const object = relocated(arenaSpec())
    expect(placeOf(fitArena(object, machine(true)))).toEqual([0x3000, 0x3008])
    expect(placeOf(fitArena(object, machine(true, 0x10000)))).toEqual([0x30000, 0x30008])
    expect(placeOf(object)).toEqual([0, 8])
  })

  it('lie in the first pages where the kernel cannot load addresses far behind', () => {
    expect(placeOf(fitArena(relocated(arenaSpec()), machine(false)))).toEqual([0, 8])
  })

  it('follow the size that was set', () => {
    const spec = arenaSpec()
    spec.maps.get('arena')!.maxEntries = 1 << 20
    expect(placeOf(fitArena(relocated(spec), machine(true)))[0]).toBe(2 ** 32 - 4096)
  })

  it('have to fit', () => {
    const error = bpfErrorOf('LOAD_ARENA_TOO_SMALL', () =>
      fitArena(relocated(arenaSpec({ pages: 0 })), machine(true)),
    )
    expect(error.message).toBe(
      'arena.bpf.o: cannot put the __arena variables into arena arena: they take 1 pages, and its max_entries are 0; raise ' +
        'max_entries',
    )
  })

  it('ask for nothing where there are none, or where the arena is left out', () => {
    const notAsked = { pageSize: 4096, hasFullRangeOffsets: () => expect.fail('asked') as boolean }
    const small = relocated(smallSpec())
    expect(fitArena(small, notAsked)).toBe(small)
    const spec = arenaSpec()
    spec.maps.get('arena')!.autocreate = false
    const without = relocated(spec)
    expect(fitArena(without, notAsked)).toBe(without)
  })
})

it('an arena has as many pages as it has entries', () => {
  expect(arenaSize({ maxEntries: 3 }, 4096)).toBe(12288)
})

import { describe, expect, it } from 'vitest'
import type { Declaration } from '../../src/static_linker/declarations.ts'
import { readInput } from '../../src/static_linker/input_object.ts'
import { differenceOfMaps } from '../../src/static_linker/same_maps.ts'
import { type MapDescription, writeObject } from '../object/object_writer.ts'

type Map = Omit<MapDescription, 'name'>

function declarationOf(map: Map): Declaration {
  const types = (
    builder: Parameters<NonNullable<Parameters<typeof writeObject>[0]>['types'] & object>[0],
  ) => ({
    pair: builder.addStruct('pair', 8, []),
    other_pair: builder.addStruct('other_pair', 8, []),
  })
  const bytes = writeObject({ maps: [{ name: 'm', ...map }], types })
  const declaration = readInput({ name: 'a.o', bytes }).declarations.get('m')
  if (declaration === undefined) throw new Error('the object declares no map')
  return declaration
}

const difference = (one: Map, other: Map): unknown =>
  differenceOfMaps('m', declarationOf(one), declarationOf(other))

const array = { uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } }

describe('differenceOfMaps', () => {
  it('is none where all attributes agree', () => {
    expect(difference(array, array)).toBeUndefined()
  })

  it('names types of maps as the kernel does', () => {
    expect(difference(array, { ...array, uints: { type: 1, max_entries: 1 } })).toEqual({
      what: 'type',
      one: 'BPF_MAP_TYPE_ARRAY',
      other: 'BPF_MAP_TYPE_HASH',
    })
  })

  it('tells of pinning and of map_extra', () => {
    const pinned = { ...array, uints: { ...array.uints, pinning: 1 } }
    expect(difference(array, pinned)).toEqual({ what: 'pinning', one: 'none', other: 'by-name' })
    expect(difference({ ...array, ulongs: { map_extra: 3n } }, array)).toMatchObject({
      what: 'map_extra',
      one: '3',
    })
  })

  it('compares the types of keys and values, and whether there are any', () => {
    const pair = { ...array, types: { key: 'u32', value: 'pair' } }
    const otherPair = { ...array, types: { key: 'u32', value: 'other_pair' } }
    expect(difference(pair, otherPair)).toEqual({
      what: 'value',
      one: "'struct pair'",
      other: "'struct other_pair' (name of the struct: other_pair instead of pair)",
    })
    const untyped = { uints: { ...array.uints, key_size: 4 }, types: { value: 'u64' } }
    expect(difference(array, untyped)).toEqual({ what: 'key', one: "'unsigned int'", other: 'no type' })
  })

  it('compares inner maps', () => {
    const outer = (max_entries: number): Map => ({
      uints: { type: 12, max_entries: 1 },
      types: { key: 'u32' },
      values: { uints: { type: 2, max_entries }, types: { key: 'u32', value: 'u64' } },
    })
    expect(difference(outer(1), outer(1))).toBeUndefined()
    expect(difference(outer(1), outer(2))).toEqual({
      what: 'max_entries of its inner maps',
      one: '1',
      other: '2',
    })
  })

  it('tells of attributes that it cannot compare', () => {
    const odd = { ...array, uints: { ...array.uints, colour: 3 } }
    expect(difference(odd, odd)).toBeUndefined()
    expect(difference(array, odd)).toMatchObject({ what: 'attributes', one: 'all known' })
  })

  it('says of a definition that cannot be understood why', () => {
    expect(difference(array, { uints: { max_entries: 1 } })).toMatchObject({
      what: 'attributes',
      one: 'all known',
    })
  })
})

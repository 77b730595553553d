import { describe, expect, it } from 'vitest'
import { parseObject } from '../../src/object/parse_object.ts'
import type { InitialSlot, MapSpec } from '../../src/object/map_spec.ts'
import { type MapDescription, type ObjectDescription, writeObject } from './object_writer.ts'

const inner = { uints: { type: 1, max_entries: 4 }, types: { key: 'u32', value: 'u64' } }
const outer = { uints: { type: 12, max_entries: 8 }, types: { key: 'u32' }, values: inner }
const jumps = { uints: { type: 3, max_entries: 8, key_size: 4 }, values: 'functions' } as const

function mapOf(map: Omit<MapDescription, 'name'>, rest: Partial<ObjectDescription> = {}): MapSpec {
  const maps = [
    { name: 'a', ...inner },
    { name: 'slots', ...map },
    { name: 'b', ...inner },
  ]
  return parseObject(writeObject({ maps, ...rest }), 'test.bpf.o').maps.get('slots')!
}

function slotsOf(...definition: Parameters<typeof mapOf>): readonly InitialSlot[] {
  const { problem, initialSlots } = mapOf(...definition)
  expect(problem).toBeUndefined()
  return initialSlots
}

describe('the initializer of a map', () => {
  it('puts maps into slots, those behind it as well, and leaves gaps', () => {
    expect(slotsOf({ ...outer, slots: { 0: 'b', 5: 'a' } })).toEqual([
      { index: 0, target: { kind: 'map', name: 'b' } },
      { index: 5, target: { kind: 'map', name: 'a' } },
    ])
  })

  it('puts programs into slots, by their place: a section may have several', () => {
    const programs = [
      { name: 'first', section: 'socket' },
      { name: 'second', section: 'socket' },
    ]
    expect(slotsOf({ ...jumps, slots: { 2: 'second', 3: 'first' } }, { programs })).toEqual([
      { index: 2, target: { kind: 'program', name: 'second' } },
      { index: 3, target: { kind: 'program', name: 'first' } },
    ])
  })

  it.each(['little', 'big'] as const)('is read in %s-endian objects', (endianness) => {
    expect(slotsOf({ ...outer, slots: { 1: 'a' } }, { endianness })).toHaveLength(1)
  })

  it('belongs to the map that it stands in', () => {
    const maps = [
      { name: 'a', ...inner },
      { name: 'one', ...outer, slots: { 0: 'a' } },
      { name: 'two', ...outer },
    ]
    const spec = parseObject(writeObject({ maps }), 'test.bpf.o')
    expect([...spec.maps.values()].map(({ initialSlots }) => initialSlots.length)).toEqual([0, 1, 0])
  })

  it.each([
    [
      'a program in a map of maps',
      { ...outer, slots: { 0: 'program' } },
      'slot 0 is to hold program, which is no map',
    ],
    ['a map in a prog array', { ...jumps, slots: { 1: 'a' } }, 'slot 1 is to hold a, which is no program'],
    ['a symbol of no section', { ...outer, slots: { 0: 0 } }, 'slot 0 is to hold something'],
    ['a definition without values', { ...inner, slots: { 0: 'a' } }, 'and no attribute values'],
    [
      'keys that are no index',
      { uints: { type: 13 }, types: { key: 'u64' }, values: inner, slots: { 0: 'a' } },
      'keys of 4 bytes, and its keys have 8',
    ],
    ['a slot before the first', { ...outer, slots: { [-1]: 'a' } }, 'which is in no slot'],
    ['half a slot', { ...outer, slots: { 0.5: 'a' } }, 'which is in no slot'],
  ] as const)('is refused for %s', (_, map, found) => {
    expect(mapOf(map).problem).toContain(found)
    expect(mapOf(map).initialSlots).toEqual([])
  })
})

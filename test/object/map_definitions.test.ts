import { describe, expect, it } from 'vitest'
import type { MapSpec } from '../../src/object/map_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type MapDescription, type ObjectDescription, writeObject } from './object_writer.ts'

const types: NonNullable<ObjectDescription['types']> = (
  builder,
  { int = builder.nextId, u64 = builder.nextId },
) => ({
  pair: builder.addStruct('pair', 16, [
    { name: 'a', type: u64, bitOffset: 0 },
    { name: 'b', type: u64, bitOffset: 64 },
  ]),
  forward: builder.addFwd('forward', 'struct'),
  int,
})

/** The map that one definition makes; its name is left to this function. */
function mapOf(description: Omit<MapDescription, 'name'>): MapSpec {
  const spec = parseObject(writeObject({ types, maps: [{ name: 'counts', ...description }] }), 'test.bpf.o')
  return spec.maps.get('counts') ?? expect.fail('there is no map counts')
}

describe('readMapDefinitions', () => {
  it('reads numbers from the lengths of arrays, and sizes from types', () => {
    const map = mapOf({
      uints: { type: 1, max_entries: 8192, map_flags: 5, numa_node: 3 },
      types: { key: 'u32', value: 'pair' },
    })
    expect(map).toMatchObject({ name: 'counts', type: 1, flags: 5, numaNode: 3, keySize: 4, valueSize: 16 })
    expect(map.maxEntries).toBe(8192)
    expect(map.contents).toHaveLength(0)
  })

  it('knows the types of key and value in the object’s BTF', () => {
    const spec = parseObject(
      writeObject({
        types,
        maps: [{ name: 'counts', uints: { type: 1 }, types: { key: 'u32', value: 'pair' } }],
      }),
      'test.bpf.o',
    )
    const map = spec.maps.get('counts')!
    expect(spec.btf?.nameOf(map.keyType)).toBe('unsigned int')
    expect(spec.btf?.nameOf(map.valueType)).toBe('pair')
  })

  it('reads sizes that are given as numbers, without types', () => {
    expect(mapOf({ uints: { type: 1, key_size: 4, value_size: 24 } })).toMatchObject({
      keySize: 4,
      valueSize: 24,
      keyType: 0,
      valueType: 0,
    })
  })

  it('takes size and type together where they agree', () => {
    expect(mapOf({ uints: { type: 1, key_size: 4 }, types: { key: 'u32' } }).keySize).toBe(4)
  })

  it.each([
    ['key', 'key_size'],
    ['value', 'value_size'],
  ])('refuses %s and %s that disagree', (attribute, size) => {
    const error = bpfErrorOf('OBJECT_BAD_MAP', () =>
      mapOf({ uints: { type: 1, [size]: 8 }, types: { [attribute]: 'u32' } }),
    )
    expect(error.message).toContain(
      `attribute ${attribute} gives a size of 4 bytes, another attribute one of 8`,
    )
    expect(error).toMatchObject({ object: 'test.bpf.o', section: '.maps', map: 'counts' })
  })

  it('reads map_extra as __uint() and as __ulong(), which has 64 bits', () => {
    expect(mapOf({ uints: { type: 30, map_extra: 3 } }).mapExtra).toBe(3n)
    expect(mapOf({ uints: { type: 33 }, ulongs: { map_extra: 0xffff_8000_0000_0000n } }).mapExtra).toBe(
      0xffff_8000_0000_0000n,
    )
  })

  it('has a map of no entries and no sizes for a definition of a type alone', () => {
    const map = mapOf({ uints: { type: 27 } })
    expect([map.maxEntries, map.keySize, map.valueSize]).toEqual([0, 0, 0])
  })

  it('refuses a definition without a type', () => {
    const error = bpfErrorOf('OBJECT_BAD_MAP', () => mapOf({ uints: { max_entries: 1 } }))
    expect(error.message).toContain('map counts')
    expect(error.message).toContain('no type attribute')
  })

  it.each(['pinning', 'values', 'constructor', 'toString'])(
    'refuses attribute %s, and lists those it knows',
    (name) => {
      const error = bpfErrorOf('OBJECT_UNSUPPORTED', () => mapOf({ uints: { type: 1, [name]: 1 } }))
      expect(error.message).toContain(`attribute '${name}'`)
      expect(error.message).toContain('type, max_entries, map_flags')
    },
  )

  it.each([
    ['a number that is declared with __type()', { types: { type: 'u32' } }, 'no pointer to an array'],
    [
      'a number that is declared with __ulong()',
      { uints: { type: 1 }, ulongs: { max_entries: 1n } },
      'not a pointer',
    ],
    ['a type that is declared with __ulong()', { uints: { type: 1 }, ulongs: { key: 1n } }, 'not a pointer'],
    ['a key of type void', { uints: { type: 1 }, types: { key: 'void' } }, 'void, which has no size'],
  ])('refuses %s', (_, description, found) => {
    expect(bpfErrorOf('OBJECT_BAD_MAP', () => mapOf(description)).message).toContain(found)
  })

  it('refuses a key whose type is only declared', () => {
    bpfErrorOf('BTF_NO_SIZE', () => mapOf({ uints: { type: 1 }, types: { key: 'forward' } }))
  })

  it('knows where each definition is, since relocations name maps by their place', () => {
    const definition = { uints: { type: 1, max_entries: 1 } }
    const spec = parseObject(
      writeObject({
        maps: [
          { name: 'a', ...definition },
          { name: 'b', ...definition },
        ],
      }),
      'test.bpf.o',
    )
    const origins = [...spec.maps.values()].map(({ name, origin }) => [
      name,
      origin.kind === 'definition' && origin.offset,
    ])
    expect(origins).toEqual([
      ['a', 0],
      ['b', 16],
    ])
  })

  it('refuses definitions that no BTF describes', () => {
    const error = bpfErrorOf('OBJECT_BAD_SECTION', () =>
      parseObject(writeObject({ debugInfo: 'absent', maps: [{ name: 'a' }] }), 'test.bpf.o'),
    )
    expect(error.message).toContain('clang -g')
  })
})

import { describe, expect, it } from 'vitest'
import type { MapSpec } from '../../src/object/map_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { exit, loadImm64 } from '../../src/insn/assemble.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
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
    const map = mapOf({ uints: { type: 1, [size]: 8, max_entries: 3 }, types: { [attribute]: 'u32' } })
    expect(map.problem).toBe(`attribute ${attribute} gives a size of 4 bytes, another attribute one of 8`)
    expect([map.type, map.maxEntries]).toEqual([1, 3])
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
    expect(mapOf({ uints: { max_entries: 1 } })).toMatchObject({
      type: 0,
      maxEntries: 1,
      problem: 'it has no type attribute',
    })
  })

  it('has a problem with a variable that is no struct', () => {
    const spec = parseObject(
      writeObject({
        types: (builder, { u32 = builder.nextId }) => {
          const variable = builder.addVar('lonely', u32, 'global')
          builder.addDatasec('.maps', 4, [{ type: variable, offset: 0, size: 4 }])
          return {}
        },
        extraSections: [{ name: '.maps', data: new Uint8Array(4) }],
      }),
      'test.bpf.o',
    )
    expect(spec.maps.get('lonely')).toMatchObject({ type: 0, problem: 'its type is kind int, not a struct' })
  })

  it.each(['pining', 'constructor', 'toString'])(
    'takes attribute %s, which it does not know, for a problem of that map alone',
    (name) => {
      const { problem } = mapOf({ uints: { type: 1, [name]: 1 } })
      expect(problem).toContain(`attribute '${name}' is not known; known are type, max_entries, map_flags`)
      expect(mapOf({ uints: { type: 1 } }).problem).toBeUndefined()
    },
  )

  it.each([
    [0, 'none'],
    [1, 'by-name'],
  ])('reads pinning %i as %s', (pinning, expected) => {
    expect(mapOf({ uints: { type: 1, pinning } }).pinning).toBe(expected)
  })

  it('refuses any other pinning, and says which there are', () => {
    expect(mapOf({ uints: { type: 1, pinning: 2 } }).problem).toContain(
      'attribute pinning is 2; it is 0 (LIBBPF_PIN_NONE) or 1',
    )
  })

  it('reads what the maps of a map of maps are like', () => {
    const map = mapOf({
      uints: { type: 12, max_entries: 2 },
      types: { key: 'u32' },
      values: { uints: { type: 1, max_entries: 7, map_flags: 1 }, types: { key: 'u64', value: 'pair' } },
    })
    expect(map).toMatchObject({
      valueSize: 4,
      innerMap: { type: 1, maxEntries: 7, keySize: 8, valueSize: 16, flags: 1 },
      initialSlots: [],
    })
  })

  it('has a problem with maps of maps of maps, and with what it does not know in an inner definition', () => {
    const innermost = { uints: { type: 1, max_entries: 1 } }
    const nested = { uints: { type: 12, max_entries: 1 }, values: innermost }
    expect(mapOf({ uints: { type: 12 }, values: nested }).problem).toContain('one level only')
    const unknown = { uints: { type: 1, colour: 1 } }
    expect(mapOf({ uints: { type: 12 }, values: unknown }).problem).toContain(
      "of its inner maps, attribute 'colour'",
    )
  })

  it.each([
    [
      'for a map that holds neither maps nor programs',
      { uints: { type: 1 }, values: 'functions' },
      'stands behind',
    ],
    ['of values that are no maps', { uints: { type: 12 }, values: 'u32' }, 'declares maps of kind int'],
    [
      'of values that are no functions',
      { uints: { type: 3 }, values: 'pair' },
      'declares values of kind struct',
    ],
    ['of pointers to nothing', { uints: { type: 12 }, values: 'void' }, 'declares maps of kind void'],
    [
      'beside another value size',
      { uints: { type: 3, value_size: 8 }, values: 'functions' },
      'gives a size of 4',
    ],
    ['that is no array', { uints: { type: 3, values: 1 } }, 'no array of unknown length'],
    [
      'whose maps have no type',
      { uints: { type: 12 }, values: { uints: { max_entries: 1 } } },
      'no type attribute',
    ],
    [
      'whose maps are to be pinned',
      { uints: { type: 12 }, values: { uints: { type: 1, pinning: 1 } } },
      'only a map with a name of its own',
    ],
  ] as const)('refuses an attribute values %s', (_, description, found) => {
    expect(mapOf(description).problem).toContain(found)
  })

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
    expect(mapOf(description).problem).toContain(found)
  })

  it('has a problem with a key whose type is only declared', () => {
    const { problem } = mapOf({ uints: { type: 1 }, types: { key: 'forward' } })
    expect(problem).toMatch(/^attribute key: BTF of test\.bpf\.o: type .*[^.]$/)
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

  it('has a problem with every map where no BTF describes them, and the rest of the object is usable', () => {
    const programs = [
      { name: 'fine', section: 'xdp' },
      { section: 'xdp', insns: [loadImm64(1, 0n), exit()], relocations: [{ insn: 0, symbol: 'b' }] },
    ]
    const maps = ['a', 'b'].map((name) => ({ name, uints: { type: 1 } }))
    const spec = parseObject(writeObject({ debugInfo: 'absent', maps, programs }), 'test.bpf.o')
    expect([...spec.maps.keys()]).toEqual(['a', 'b'])
    expect(spec.maps.get('b')?.problem).toContain('clang -g')
    const relocated = relocateObject(spec, { targetBtf: () => expect.fail('not needed') })
    expect(relocated.failures).toEqual([])
    expect(relocated.programs[1]?.mapReferences).toMatchObject([{ map: 'b', kind: 'map' }])
  })
})

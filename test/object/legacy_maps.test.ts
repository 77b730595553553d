import { describe, expect, it } from 'vitest'
import { STB_GLOBAL, STT_OBJECT } from '../../src/elf/constants.ts'
import { exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfTest } from '../kernel/require.ts'
import { type ObjectDescription, writeObject } from './object_writer.ts'

type Definitions = Readonly<Record<string, readonly number[]>>

/** An object as it was before BTF: section `maps` with one struct of 32-bit words for each map. */
function legacy(
  definitions: Definitions,
  changes: Partial<ObjectDescription> = {},
  section = 'maps',
): ObjectSpec {
  const little = changes.endianness !== 'big'
  const words = Object.values(definitions).flat()
  const view = new DataView(new ArrayBuffer(words.length * 4))
  words.forEach((word, index) => {
    view.setUint32(index * 4, word, little)
  })
  let start = 0
  const extraSymbols = Object.entries(definitions).map(([name, fields]) => {
    const symbol = { name, section, value: BigInt(start), type: STT_OBJECT, binding: STB_GLOBAL }
    start += fields.length * 4
    return symbol
  })
  const extraSections = [{ name: section, data: new Uint8Array(view.buffer) }]
  return parseObject(writeObject({ debugInfo: 'absent', extraSections, extraSymbols, ...changes }), 'old.o')
}

describe('section maps', () => {
  it.each(['maps', 'maps/counts'])('called %s holds definitions one after the other', (section) => {
    const { maps } = legacy({ first: [1, 4, 8, 16, 0], second: [2, 4, 4, 1, 1024] }, {}, section)
    expect(maps.get('first')).toMatchObject({
      type: 1,
      keySize: 4,
      valueSize: 8,
      flags: 0,
      problem: undefined,
    })
    expect(maps.get('first')?.maxEntries).toBe(16)
    expect(maps.get('second')).toMatchObject({ type: 2, flags: 1024, origin: { offset: 20 } })
  })

  it('is read in the byte order of the object', () => {
    expect(legacy({ map: [1, 4, 8, 16, 0] }, { endianness: 'big' }).maps.get('map')).toMatchObject({
      valueSize: 8,
    })
  })

  it.each([
    ['the first loaders, without flags', [1, 4, 8, 16]],
    ['the samples of the kernel', [1, 4, 8, 16, 1, 0, 0]],
    ['iproute2, which numbers maps', [1, 4, 8, 16, 1, 77, 0, 0, 0]],
  ])('has the structs of %s', (_, words) => {
    expect(legacy({ map: words }).maps.get('map')).toMatchObject({
      keySize: 4,
      valueSize: 8,
      problem: undefined,
    })
  })

  it.each([
    [[1, 4, 8, 16, 0, 0, 9], 'has 9 at byte 24, behind the fields that are known'],
    [[1, 4, 8, 16, 0, 0, 2, 0, 0], 'for iproute2 sets pinning;'],
    [[12, 4, 4, 16, 0, 0, 2, 5, 0], 'for iproute2 sets pinning and inner_id;'],
  ])('has a problem with %j', (words, found) => {
    expect(legacy({ map: words }).maps.get('map')?.problem).toContain(found)
  })

  it.each([
    [
      'structs of different sizes',
      { a: [1, 4, 8, 16, 0], b: [1, 4, 8, 16] },
      'no definitions of one size for the 2',
    ],
    ['too short structs', { a: [1, 4, 8] }, 'no definitions of one size'],
  ])('has a problem with each map for %s', (_, definitions, found) => {
    for (const { type, problem } of legacy(definitions).maps.values()) {
      expect(type).toBe(0)
      expect(problem).toContain(found)
      expect(problem).toContain('define it in .maps, with BTF')
    }
    expect([...legacy(definitions).maps.keys()]).toEqual(Object.keys(definitions))
  })

  it('has a problem with a map of no type, and with one whose symbol is between definitions, alone', () => {
    const { maps } = legacy({ a: [0, 4, 8, 16, 0], b: [1, 4, 8, 16, 0] })
    expect(maps.get('a')?.problem).toContain('has type 0')
    expect(maps.get('b')?.problem).toBeUndefined()
    const lie = { symbolLies: { a: { value: 4n } } }
    const between = legacy({ a: [1, 4, 8, 16, 0], b: [1, 4, 8, 16, 0] }, lie).maps
    expect(between.get('a')?.problem).toContain(
      'its symbol is at byte 4 of section maps, where no definition',
    )
    expect(between.get('b')?.problem).toBeUndefined()
  })

  it('has no maps where no symbol names any', () => {
    expect(legacy({ a: [1, 4, 8, 16, 0] }, { extraSymbols: [] }).maps.size).toBe(0)
  })

  bpfTest('makes maps that programs of the real kernel use', () => {
    const programs = [
      { insns: [loadImm64(1, 0n), movImm(0, 0), exit()], relocations: [{ insn: 0, symbol: 'second' }] },
    ]
    using object = loadObject(legacy({ first: [1, 4, 8, 16, 0], second: [2, 4, 8, 3, 0] }, { programs }))
    expect([...object.maps.keys()]).toEqual(['first', 'second'])
    expect(object.maps.get('second')!.lookup(new Uint8Array(4))).toEqual(new Uint8Array(8))
    expect(object.programs.size).toBe(1)
  })
})

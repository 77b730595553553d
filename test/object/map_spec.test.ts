import { describe, expect, it } from 'vitest'
import { byteOffset, sectionIndex, typeId, VOID } from '../../src/base/units.ts'
import { type ArrayTail, MapSpec } from '../../src/object/map_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function mapOf(values: Partial<ConstructorParameters<typeof MapSpec>[0]> = {}): MapSpec {
  const origin = { kind: 'definition', section: sectionIndex(1), offset: byteOffset(0) } as const
  return new MapSpec({ name: 'counts', type: 2, origin, ...values })
}

describe('MapSpec', () => {
  it('has zeros and no types where its definition says nothing', () => {
    const { keySize, valueSize, maxEntries, flags, numaNode, mapExtra, keyType, valueType, contents } =
      mapOf()
    expect({ keySize, valueSize, maxEntries, flags, numaNode }).toEqual({
      keySize: 0,
      valueSize: 0,
      maxEntries: 0,
      flags: 0,
      numaNode: 0,
    })
    expect([mapExtra, keyType, valueType, contents.length]).toEqual([0n, VOID, VOID, 0])
  })

  it('lets a caller set max_entries to any 32-bit number', () => {
    const map = mapOf({ maxEntries: 16 })
    expect(map.maxEntries).toBe(16)
    for (const count of [0, 1, 0xffff_ffff]) {
      map.maxEntries = count
      expect(map.maxEntries).toBe(count)
    }
  })

  it.each([-1, 0x1_0000_0000, 1.5, NaN, Infinity])(
    'refuses max_entries %d and keeps what it had',
    (count) => {
      const map = mapOf({ maxEntries: 16 })
      const error = bpfErrorOf('OBJECT_BAD_VALUE', () => {
        map.maxEntries = count
      })
      expect(error.message).toContain('max_entries of map counts')
      expect(error.map).toBe('counts')
      expect(map.maxEntries).toBe(16)
    },
  )
})

/** A data section of 12 bytes, all of them 7. */
function dataMap(tail?: ArrayTail): MapSpec {
  return mapOf({
    name: '.data.x',
    valueSize: 12,
    valueType: typeId(5),
    origin: { kind: 'data', section: sectionIndex(1), sectionName: '.data.x', readOnly: false },
    contents: new Uint8Array(12).fill(7),
    arrayTail: () => tail,
  })
}

const tail = { name: 'last', offset: 4, elementSize: 8 }

describe('value_size of a map', () => {
  it('may be any 32-bit number; types that say another size are left out', () => {
    const map = mapOf({ keySize: 4, valueSize: 8, keyType: typeId(1), valueType: typeId(2) })
    for (const size of [0, 16, 0xffff_ffff]) {
      map.valueSize = size
      expect(map.snapshot()).toMatchObject({ valueSize: size, keyType: VOID, valueType: VOID })
    }
    map.valueSize = 8
    expect(map.snapshot()).toMatchObject({ valueSize: 8, keyType: 1, valueType: 2 })
  })

  it.each([-1, 0x1_0000_0000, 1.5, NaN])('is not %d, and stays what it was', (size) => {
    for (const map of [mapOf({ valueSize: 8 }), dataMap(tail)]) {
      const before = map.snapshot()
      const error = bpfErrorOf('OBJECT_BAD_VALUE', () => {
        map.valueSize = size
      })
      expect(error.message).toBe(
        `cannot set value_size of map ${map.name} to ${size}: expected a 32-bit unsigned integer`,
      )
      expect(map.snapshot()).toEqual(before)
    }
  })
})

describe('value_size of a data section’s map', () => {
  it('brings zeros or cuts off what the section holds', () => {
    const map = dataMap(tail)
    map.valueSize = 20
    expect([...map.contents]).toEqual([...new Array<number>(12).fill(7), 0, 0, 0, 0, 0, 0, 0, 0])
    const { contents } = map.snapshot()
    map.valueSize = 12
    expect([...map.contents]).toEqual(new Array(12).fill(7))
    expect(contents).toHaveLength(20)
  })

  it('keeps the value type where the section ends with an array, whose elements fit', () => {
    const map = dataMap(tail)
    map.valueSize = 4 + 8 * 100
    expect(map).toMatchObject({ valueType: 5, valueSize: 804, hasDefinedSize: false })
  })

  it('loses the value type where the section ends with anything else, until it has its own size again', () => {
    const map = dataMap()
    map.valueSize = 13
    expect(map).toMatchObject({ valueType: VOID, valueSize: 13 })
    map.valueSize = 12
    expect(map).toMatchObject({ valueType: 5, hasDefinedSize: true })
  })

  it.each([3, 4, 11, 13])(
    'is not %d bytes where the array would not have whole elements, or none',
    (size) => {
      const map = dataMap(tail)
      const error = bpfErrorOf('OBJECT_BAD_VALUE', () => {
        map.valueSize = size
      })
      expect(error.message).toContain(
        'its last variable last is an array, so expected 4 bytes and one or more times 8',
      )
      expect(error.map).toBe('.data.x')
      expect(map.valueSize).toBe(12)
    },
  )

  it.each([0, 256 * 2 ** 20 + 1, 0xffff_ffff])('is not %d bytes, which no section may have', (size) => {
    for (const map of [dataMap(), dataMap({ ...tail, elementSize: 1 })]) {
      const error = bpfErrorOf('OBJECT_BAD_VALUE', () => {
        map.valueSize = size
      })
      expect(error.message).toContain('expected 1 to 268435456 bytes for a data section')
      expect(map.contents).toHaveLength(12)
    }
  })
})

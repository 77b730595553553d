import { describe, expect, it } from 'vitest'
import { byteOffset, sectionIndex, VOID } from '../../src/base/units.ts'
import { MapSpec } from '../../src/object/map_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function mapOf(values: { maxEntries?: number } = {}): MapSpec {
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

import { describe, expect, it } from 'vitest'
import { byteOffset, sectionIndex } from '../../src/base/units.ts'
import { MapSpec } from '../../src/object/map_spec.ts'
import { uniqueMaps } from '../../src/object/unique_maps.ts'

function map(name: string, offset: number, problem?: string): MapSpec {
  const origin = { kind: 'definition', section: sectionIndex(3), offset: byteOffset(offset) } as const
  return new MapSpec({ name, type: 1, maxEntries: 7, origin, problem })
}

describe('uniqueMaps', () => {
  it('keeps the order, and maps that have names of their own as they are', () => {
    const maps = [map('b', 0), map('a', 16)]
    expect([...uniqueMaps(maps).values()]).toEqual(maps)
  })

  it('keeps the first of a name with all that it has, and that as its problem', () => {
    const maps = uniqueMaps([map('a', 0), map('b', 16), map('a', 32), map('a', 48)])
    expect([...maps.keys()]).toEqual(['a', 'b'])
    expect(maps.get('a')).toMatchObject({
      type: 1,
      maxEntries: 7,
      origin: { offset: 0 },
      problem: 'the object has another map of that name; rename one',
    })
    expect(maps.get('b')?.problem).toBeUndefined()
  })

  it('tells the problem that the first had before', () => {
    expect(uniqueMaps([map('a', 0, 'odd'), map('a', 16)]).get('a')?.problem).toBe('odd')
  })
})

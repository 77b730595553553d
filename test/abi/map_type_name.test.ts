import { describe, expect, it } from 'vitest'
import { mapTypeName } from '../../src/abi/map_type_name.ts'

describe('mapTypeName', () => {
  it.each([
    { type: 1, name: 'BPF_MAP_TYPE_HASH' },
    { type: 27, name: 'BPF_MAP_TYPE_RINGBUF' },
    { type: 9999, name: 'type 9999' },
  ])('names $type $name', ({ type, name }) => {
    expect(mapTypeName(type)).toBe(name)
  })
})

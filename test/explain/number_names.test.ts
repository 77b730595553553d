import { describe, expect, it } from 'vitest'
import { sectionTypeName } from '../../src/explain/number_names.ts'

describe('sectionTypeName', () => {
  it.each([
    { type: 1, name: 'SHT_PROGBITS' },
    { type: 8, name: 'SHT_NOBITS' },
    { type: 0x6fff4c03, name: 'type 0x6fff4c03' },
  ])('names $type $name', ({ type, name }) => {
    expect(sectionTypeName(type)).toBe(name)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OffsetIndex } from '../../src/relocate/offset_index.ts'

const identity = (offset: number): number => offset

describe('OffsetIndex', () => {
  it('finds the records from the first offset on and before the end', () => {
    const index = new OffsetIndex([24, 0, 16, 8, 32], identity)
    expect(index.within(8, 32)).toEqual([8, 16, 24])
  })

  it('keeps the order of records of one offset', () => {
    const index = new OffsetIndex(
      [
        { offset: 8, name: 'first' },
        { offset: 0, name: 'zero' },
        { offset: 8, name: 'second' },
      ],
      ({ offset }) => offset,
    )
    expect(index.within(8, 9).map(({ name }) => name)).toEqual(['first', 'second'])
  })

  it('finds what a filter finds, whatever the offsets', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(64)), fc.nat(64), fc.nat(64), (offsets, first, end) => {
        const filtered = offsets.filter((offset) => offset >= first && offset < end).sort((a, b) => a - b)
        expect(new OffsetIndex(offsets, identity).within(first, end)).toEqual(filtered)
      }),
    )
  })
})

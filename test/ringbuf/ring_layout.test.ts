import { describe, expect, it } from 'vitest'
import { BUSY_BIT, DISCARD_BIT, LENGTH_MASK, recordSpace } from '../../src/ringbuf/ring_layout.ts'

describe('recordSpace', () => {
  it.each([
    [0, 8],
    [1, 16],
    [8, 16],
    [9, 24],
    [64, 72],
    [LENGTH_MASK, 2 ** 30 + 8],
  ])('gives a record of %i bytes a header of 8 and rounds up to %i', (length, space) => {
    expect(recordSpace(length)).toBe(space)
  })
})

describe('The header word', () => {
  it('is made of busy bit, discard bit and length, which do not overlap', () => {
    expect(BUSY_BIT ^ DISCARD_BIT ^ LENGTH_MASK).toBe(-1)
    expect((BUSY_BIT & DISCARD_BIT) | (BUSY_BIT & LENGTH_MASK) | (DISCARD_BIT & LENGTH_MASK)).toBe(0)
  })
})

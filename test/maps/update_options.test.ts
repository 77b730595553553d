import { describe, expect, it } from 'vitest'
import { lookupFlags, updateFlags } from '../../src/maps/update_options.ts'

describe('the flags of an update', () => {
  it.each([
    [undefined, 0],
    ['any' as const, 0],
    ['create' as const, 1],
    ['replace' as const, 2],
    [{}, 0],
    [{ mode: 'replace' as const, lock: true }, 6],
    [{ lock: false }, 0],
  ])('%j are %i', (options, flags) => {
    expect(updateFlags(options)).toBe(flags)
  })
})

describe('the flags of a lookup', () => {
  it('are none but the lock', () => {
    expect(lookupFlags(undefined)).toBe(0)
    expect(lookupFlags({ lock: true })).toBe(4)
  })
})

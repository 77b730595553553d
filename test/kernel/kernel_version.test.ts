import { describe, expect, it } from 'vitest'
import { isBefore, readKernelVersion } from '../../src/kernel/kernel_version.ts'

describe('readKernelVersion', () => {
  it('reads the start of the release', () => {
    expect(readKernelVersion(() => '5.15.0-76-generic\n')).toEqual([5, 15])
    expect(readKernelVersion(() => 'unknown')).toBeUndefined()
  })

  it('knows the running kernel', () => {
    expect(readKernelVersion()).toEqual(readKernelVersion(() => undefined))
  })
})

describe('isBefore', () => {
  it.each([
    [[5, 10], true],
    [[5, 11], false],
    [[4, 19], true],
    [[6, 1], false],
  ] as const)('compares %o with 5.11', (version, expected) => {
    expect(isBefore(version, [5, 11])).toBe(expected)
  })
})

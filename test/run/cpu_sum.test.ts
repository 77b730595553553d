import { describe, expect, it } from 'vitest'
import { sumOfCpus } from '../../src/run/cpu_sum.ts'

describe('sumOfCpus', () => {
  it('adds numbers, elements and members', () => {
    expect(sumOfCpus([1, 2, 3])).toBe(6)
    expect(sumOfCpus([2n ** 64n - 1n, 1n])).toBe(2n ** 64n)
    expect(
      sumOfCpus([
        { a: 1n, b: [1, 2] },
        { a: 2n, b: [3, 4] },
      ]),
    ).toEqual({ a: 3n, b: [4, 6] })
    expect(sumOfCpus([7n])).toBe(7n)
  })

  it('has no sum of what is no number', () => {
    expect(sumOfCpus(['a', 'b'])).toBeUndefined()
    expect(sumOfCpus(['a'])).toBeUndefined()
    expect(sumOfCpus([{ on: true }, { on: true }])).toBeUndefined()
    expect(sumOfCpus([1, 1n])).toBeUndefined()
    expect(sumOfCpus([[1], 1])).toBeUndefined()
    expect(sumOfCpus([])).toBeUndefined()
  })
})

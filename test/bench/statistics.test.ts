import { describe, expect, it } from 'vitest'
import { summarize } from '../../bench/statistics.ts'

describe('summarize', () => {
  it('gives median, minimum and interquartile range whatever the order', () => {
    expect(summarize([5, 1, 3, 2, 4])).toEqual({ count: 5, median: 3, min: 1, iqr: 2 })
  })

  it('interpolates between neighbours where the count is even', () => {
    expect(summarize([1, 2, 3, 10])).toEqual({ count: 4, median: 2.5, min: 1, iqr: 3 })
  })

  it('has nothing to say about no samples', () => {
    expect(summarize([])).toBeUndefined()
  })
})

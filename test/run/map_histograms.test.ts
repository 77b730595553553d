import { describe, expect, it } from 'vitest'
import { countsOf, histogramsIn, isHistogramName, withoutHistograms } from '../../src/run/map_histograms.ts'

describe('histograms of a map', () => {
  it('are called hist or slots', () => {
    const names = [
      'hist',
      'hists',
      'slots',
      'latency_hist',
      'histogram',
      'history',
      'slot',
      'shist',
      'slots2',
    ]
    expect(names.filter(isHistogramName)).toEqual(['hist', 'hists', 'slots', 'latency_hist', 'histogram'])
  })

  it('are found among the members of a value, however deep', () => {
    const value = { total: 3n, slots: [1, 2], of: [{ hist: [0n, 1n] }, { hist: ['a'] }] }
    expect(histogramsIn(value)).toEqual([
      { path: 'slots', counts: [1, 2] },
      { path: 'of[0].hist', counts: [0, 1] },
    ])
    expect(withoutHistograms(value)).toEqual({ total: 3n, of: value.of })
    expect(withoutHistograms({ slots: [1] })).toBeUndefined()
    expect(histogramsIn(5n)).toEqual([])
  })

  it('are arrays of up to 64 numbers', () => {
    expect(countsOf([1, 2n])).toEqual([1, 2])
    expect(countsOf([])).toBeUndefined()
    expect(countsOf(5)).toBeUndefined()
    expect(countsOf([1, 'a'])).toBeUndefined()
    expect(countsOf(new Array<number>(65).fill(1))).toBeUndefined()
  })
})

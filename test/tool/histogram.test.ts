import { describe, expect, it } from 'vitest'
import { histogramText, linearHistogram, log2Histogram } from '../../src/tool/histogram.ts'

describe('a histogram of powers of two', () => {
  it('looks as BCC prints it', () => {
    const text = histogramText(log2Histogram([233, 742, 203, 0, 173], 'usecs'))
    expect(text.split('\n')).toEqual([
      '     usecs               : count    distribution',
      '         0 -> 1          : 233      |************                            |',
      '         2 -> 3          : 742      |****************************************|',
      '         4 -> 7          : 203      |**********                              |',
      '         8 -> 15         : 0        |                                        |',
      '        16 -> 31         : 173      |*********                               |',
      '',
    ])
  })

  it('ends with the last slot that has something', () => {
    const { slots } = log2Histogram([0n, 0n, 5n, 0n, 0n], 'msecs')
    expect(slots).toEqual([
      { from: 0n, to: 1n, count: 0 },
      { from: 2n, to: 3n, count: 0 },
      { from: 4n, to: 7n, count: 5 },
    ])
  })

  it('is nothing where nothing was counted', () => {
    expect(histogramText(log2Histogram([0, 0], 'usecs'))).toBe('')
    expect(histogramText(log2Histogram([], 'usecs'))).toBe('')
  })

  it('makes room for numbers that are longer than its columns', () => {
    const counts = Array<number>(64).fill(0)
    counts[0] = 1
    counts[63] = 12_345_678_901
    const lines = histogramText(log2Histogram(counts, 'nsecs')).split('\n').slice(0, -1)
    expect(lines).toHaveLength(65)
    expect(lines[0]).toBe('          nsecs                              : count       distribution')
    expect(lines[1]).toBe(
      '                   0 -> 1                    : 1           |                                        |',
    )
    expect(lines[64]).toBe(
      ' 9223372036854775808 -> 18446744073709551615 : 12345678901 |****************************************|',
    )
    expect(new Set(lines.map((line) => line.indexOf(':')))).toEqual(new Set([45]))
  })
})

describe('a linear histogram', () => {
  it('has slots of one width', () => {
    expect(histogramText(linearHistogram([2, 0, 4], 10, 'ticks')).split('\n')).toEqual([
      '     ticks               : count    distribution',
      '         0 -> 9          : 2        |********************                    |',
      '        10 -> 19         : 0        |                                        |',
      '        20 -> 29         : 4        |****************************************|',
      '',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { parseMilliseconds } from '../../src/tool/duration.ts'

describe('parseMilliseconds', () => {
  it.each([
    { text: '1', nanoseconds: 1_000_000n },
    { text: '300', nanoseconds: 300_000_000n },
    { text: '007', nanoseconds: 7_000_000n },
    { text: '18446744073709', nanoseconds: 18_446_744_073_709_000_000n },
  ])('reads $text as $nanoseconds ns', ({ text, nanoseconds }) => {
    expect(parseMilliseconds(text)).toBe(nanoseconds)
  })

  it.each([
    '',
    '0',
    '000',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '1ms',
    '1_000',
    '١',
    '18446744073710',
  ])('takes %j for no duration', (text) => {
    expect(parseMilliseconds(text)).toBeUndefined()
  })
})

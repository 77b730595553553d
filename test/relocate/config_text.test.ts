import { describe, expect, it } from 'vitest'
import { findConfigLines } from '../../src/relocate/config_text.ts'

const text = `#
# Linux configuration
CONFIG_HZ=250
# CONFIG_NOT is not set
CONFIG_HZ_250=y
CONFIG_TEXT="a=b # c"
CONFIG_HZ=1000
CONFIG_BARE
CONFIG_EMPTY=
  CONFIG_INDENTED=y
CONFIG_LAST=m`

const found = (...names: string[]): unknown => [...findConfigLines(text, new Set(names))]

describe('findConfigLines', () => {
  it.each([
    ['CONFIG_HZ', 3, '250'],
    ['CONFIG_HZ_250', 5, 'y'],
    ['CONFIG_TEXT', 6, '"a=b # c"'],
    ['CONFIG_BARE', 8, ''],
    ['CONFIG_EMPTY', 9, ''],
    ['CONFIG_LAST', 11, 'm'],
  ])('finds the first line of %s', (name, lineNumber, value) => {
    expect(found(name)).toEqual([[name, { lineNumber, value }]])
  })

  it.each(['CONFIG_NOT', 'CONFIG_INDENTED', 'CONFIG_', 'CONFIG'])('does not find %s', (name) => {
    expect(found(name)).toEqual([])
  })

  it('reads lines that end as on other systems', () => {
    const lines = findConfigLines('CONFIG_A=y\r\nCONFIG_B=5\r\n', new Set(['CONFIG_A', 'CONFIG_B']))
    expect([...lines.values()]).toEqual([
      { lineNumber: 1, value: 'y' },
      { lineNumber: 2, value: '5' },
    ])
  })
})

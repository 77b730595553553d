import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counted, countedNames, cut, sideBySide, WIDTH, wrap } from '../../src/explain/text/layout.ts'

describe('wrap', () => {
  it('breaks between words and keeps the lines that the text has', () => {
    const text = `${'word '.repeat(20).trim()}\nnext`
    expect(wrap(text, '> ', '  ')).toEqual([
      `> ${'word '.repeat(15).trim()}`,
      `  ${'word '.repeat(5).trim()}`,
      '  next',
    ])
  })

  it('breaks words that are longer than a line', () => {
    expect(wrap('x'.repeat(100), 'a: ', '   ')).toEqual([`a: ${'x'.repeat(77)}`, `   ${'x'.repeat(23)}`])
  })

  it('never writes beyond 80 columns, loses no word, and ends no line with a space', () => {
    const words = fc.array(fc.stringMatching(/^[a-z(){}*;]{1,120}$/), { maxLength: 60 })
    fc.assert(
      fc.property(words, fc.nat(30), fc.nat(30), (all, first, rest) => {
        const lines = wrap(all.join(' '), '>'.repeat(first), '|'.repeat(rest))
        expect(lines.every((line) => line.length <= WIDTH || line.length <= first)).toBe(true)
        expect(lines.every((line) => !line.endsWith(' '))).toBe(true)
        expect(lines.join('').replaceAll(/[>| ]/g, '')).toBe(all.join(''))
      }),
    )
  })
})

describe('the other pieces', () => {
  it('puts texts side by side, each in half of a line', () => {
    expect(sideBySide(['a'.repeat(50), 'b'], ['c'], '  ')).toEqual([`  ${'a'.repeat(37)}…  c`, '  b'])
  })

  it('cuts and counts', () => {
    expect([cut('abcdef', 4), cut('abc', 4)]).toEqual(['abc…', 'abc'])
    expect([counted(1, 'map'), counted(0, 'map')]).toEqual(['1 map', '0 maps'])
    expect(
      countedNames([
        { name: 'f', count: 1 },
        { name: 'g', count: 3 },
      ]),
    ).toBe('f, g (3)')
  })
})

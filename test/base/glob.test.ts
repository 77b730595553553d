import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesGlob } from '../../src/base/glob.ts'

describe('matchesGlob', () => {
  it.each([
    ['', '', true],
    ['', '*', true],
    ['', '?', false],
    ['read', 'read', true],
    ['read', 'rea', false],
    ['rea', 'read', false],
    ['read', 'r*', true],
    ['read', '*d', true],
    ['read', 'r**d', true],
    ['read', 'r?ad', true],
    ['read', 'r?d', false],
    ['bpf_fentry_test1', 'bpf_*_test?', true],
    ['bpf_fentry_test12', 'bpf_*_test?', false],
    ['abcabd', '*abd', true],
    ['a.b', 'a?b', true],
    ['a+b', 'a+b', true],
    ['[a]', '[a]', true],
  ] as const)('of %j and the pattern %j says %s', (text, pattern, expected) => {
    expect(matchesGlob(text, pattern)).toBe(expected)
  })

  it('says what a regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 12 })
    const words = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 })
    fc.assert(
      fc.property(words, letters, (text, pattern) => {
        const expression = new RegExp(`^${pattern.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`)
        expect(matchesGlob(text, pattern)).toBe(expression.test(text))
      }),
    )
  })

  it('takes no time that grows faster than the text times the pattern', () => {
    const text = 'a'.repeat(20_000)
    expect(matchesGlob(text, `${'*a'.repeat(50)}*b`)).toBe(false)
  })
})

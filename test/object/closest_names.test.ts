import { describe, expect, it } from 'vitest'
import { closestNames, editDistance } from '../../src/object/closest_names.ts'

const closest = (written: string, ...known: readonly string[]): readonly string[] =>
  closestNames(known.map((name) => ({ written, known: name, name })))

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abd', 1],
    ['abc', 'acb', 1],
    ['abcd', 'acb', 2],
    ['kitten', 'sitting', 3],
    ['xpd', 'xdp', 1],
  ])('of %j and %j is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
    expect(editDistance(to, from)).toBe(distance)
  })
})

describe('closestNames', () => {
  it('gives the closest alone, whatever the case', () => {
    expect(closest('KPROBS', 'uprobe', 'kprobe')).toEqual(['kprobe'])
  })

  it('gives all that are equally close, up to three, each once', () => {
    expect(closest('aab', 'aaa', 'aac', 'aac', 'aad', 'aae')).toEqual(['aaa', 'aac', 'aad'])
  })

  it('gives none that is too far away', () => {
    expect(closest('abcdef', 'xyzdef')).toEqual([])
    expect(closest('ab', 'cd')).toEqual([])
    expect(closest('', 'abc')).toEqual([])
  })

  it('does not compare what is long', () => {
    expect(closest('x'.repeat(10_000_000), 'x')).toEqual([])
  })
})

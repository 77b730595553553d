import { describe, expect, it } from 'vitest'
import { listOfNames } from '../../src/base/list_of_names.ts'

describe('listOfNames', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 'a, b, c, d, e, f, g and h'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'], 'a, b, c, d, e, f, g and 3 more'],
  ])('writes %j as %j', (names, text) => {
    expect(listOfNames(names)).toBe(text)
  })
})

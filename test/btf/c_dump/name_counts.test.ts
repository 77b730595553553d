import { expect, it } from 'vitest'
import { NameCounts } from '../../../src/btf/c_dump/name_counts.ts'

/** The names one after the other, and where each one is. */
function stringsOf(names: readonly string[]): { strings: Uint8Array; offsets: readonly number[] } {
  const offsets: number[] = []
  let text = '\0'
  for (const name of names) {
    offsets.push(text.length)
    text += `${name}\0`
  }
  return { strings: new TextEncoder().encode(text), offsets }
}

it('names are counted, each by itself, wherever they are', () => {
  const names = ['a', 'b', 'a', 'ab', 'a', 'b']
  const { strings, offsets } = stringsOf(names)
  const counts = new NameCounts(strings)
  expect(names.map((name, index) => counts.add(offsets[index] ?? 0, name))).toEqual([1, 1, 2, 1, 3, 2])
  expect(counts.add(offsets[0] ?? 0, 'a')).toBe(4)
})

it('names are the same that C has the same name for', () => {
  const { strings, offsets } = stringsOf(['Option<u8>', 'Option(u8)'])
  const counts = new NameCounts(strings)
  expect(offsets.map((offset) => counts.add(offset, 'Option_u8_'))).toEqual([1, 2])
})

it('many names whose hashes are the same are told apart', () => {
  // Each of the pairs has the same hash: 'A' * 31 + 'a' is 'B' * 31 + 'B'.
  const names = Array.from({ length: 1 << 14 }, (_, number) =>
    Array.from({ length: 14 }, (_each, bit) => ((number >> bit) & 1 ? 'Aa' : 'BB')).join(''),
  )
  const { strings, offsets } = stringsOf(names)
  const counts = new NameCounts(strings)
  const add = (): ReadonlySet<number> =>
    new Set(names.map((name, index) => counts.add(offsets[index] ?? 0, name)))
  expect([...add()]).toEqual([1])
  expect([...add()]).toEqual([2])
})

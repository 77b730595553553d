import { describe, expect, it, vi } from 'vitest'
import { loadBytes, storeBytes, wordsOf } from '../../src/maps/whole_words.ts'

const SIZE = 40

/** Offsets and lengths of all ranges within SIZE bytes that start in the first 17. */
const ranges = Array.from({ length: 17 }, (_, offset) =>
  Array.from({ length: SIZE - offset + 1 }, (__, length) => ({ offset, length })),
).flat()

/** What is stored with one store each, as `offset+size`. */
function stores(offset: number, length: number): readonly string[] {
  const memory = wordsOf(new ArrayBuffer(SIZE))
  const store = vi.spyOn(Atomics, 'store')
  storeBytes(memory, offset, new Uint8Array(length))
  const pieces = store.mock.calls.map(([array, index]) => {
    expect(array.buffer).toBe(memory.u8.buffer)
    return `${index * array.BYTES_PER_ELEMENT}+${array.BYTES_PER_ELEMENT}`
  })
  store.mockRestore()
  return pieces
}

describe('copying in whole words', () => {
  it('copies exactly the range, wherever it starts and ends', () => {
    const bytes = Uint8Array.from({ length: SIZE }, (_, index) => index + 1)
    for (const { offset, length } of ranges) {
      const memory = wordsOf(bytes.slice().buffer)
      expect(loadBytes(memory, offset, length)).toEqual(bytes.slice(offset, offset + length))
      storeBytes(memory, offset, new Uint8Array(length).fill(0xff))
      const expected = bytes.slice().fill(0xff, offset, offset + length)
      expect(memory.u8).toEqual(expected)
    }
  })

  it.each([1, 2, 4, 8])('stores an aligned scalar of %d bytes at once', (size) => {
    for (let offset = 0; offset + size <= SIZE; offset += size)
      expect(stores(offset, size)).toEqual([`${offset}+${size}`])
  })

  it('stores every aligned scalar within a larger value at once', () => {
    for (const { offset, length } of ranges) {
      const pieces = stores(offset, length).map((piece) => piece.split('+').map(Number))
      for (const size of [1, 2, 4, 8]) {
        for (let at = Math.ceil(offset / size) * size; at + size <= offset + length; at += size) {
          const covered = pieces.some(([start = 0, bytes = 0]) => start <= at && at + size <= start + bytes)
          expect(covered, `${at}+${size} of ${offset}+${length}`).toBe(true)
        }
      }
    }
  })

  it('takes the largest pieces that are aligned', () => {
    expect(stores(2, 29)).toEqual(['2+2', '4+4', '8+8', '16+8', '24+4', '28+2', '30+1'])
  })
})

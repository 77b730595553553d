import { expect, it } from 'vitest'
import { readText } from '../../src/btf/text.ts'
import { viewOf } from './build.ts'

const bytes = (text: string): number[] => [...new TextEncoder().encode(text)]

it.each([
  ['', [0, 1, 2]],
  ['abc', [...bytes('abc'), 0, 0x64]],
  ['abc', bytes('abc')],
  ['größe', [...bytes('größe'), 0, 0xff]],
  ['gr\ufffd', [...bytes('gr'), 0xc3]],
])('reads %j', (text, memory) => {
  expect(readText(viewOf(9, ...memory), 1, memory.length)).toBe(text)
})

it('reads strings of every length and with every byte at every place as TextDecoder does', () => {
  const expected = (memory: readonly number[]): string => {
    const end = memory.indexOf(0)
    return new TextDecoder().decode(Uint8Array.from(end < 0 ? memory : memory.slice(0, end)))
  }
  for (let length = 0; length <= 20; length++) {
    const letters = bytes('abcdefghijklmnopqrst').slice(0, length)
    expect(readText(viewOf(9, ...letters), 1, length)).toBe(expected(letters))
    for (let place = 0; place < length; place++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0x81, 0xc3, 0xff]) {
        const memory = letters.with(place, byte)
        expect(readText(viewOf(9, ...memory), 1, length)).toBe(expected(memory))
      }
    }
  }
})

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

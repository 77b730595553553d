import { expect, it } from 'vitest'
import { StringSection } from '../../src/btf/string_section.ts'
import { expectBtfError } from './expect_code.ts'

const section = (text: string, base?: StringSection): StringSection =>
  new StringSection(new TextEncoder().encode(text), { object: 'test', base })

it('reads strings from any offset', () => {
  const strings = section('\0long_task\0größe\0')
  expect([0, 1, 6, 11].map((offset) => strings.at(offset))).toEqual(['', 'long_task', 'task', 'größe'])
})

it.each([5, 0xffffffff, -1, NaN, 1.5])('has no string at offset %d of five bytes', (offset) => {
  expectBtfError(() => section('\0abc\0').at(offset === 1.5 ? 5.5 : offset), 'BTF_BAD_STRING')
})

it('refuses a string with no NUL at its end', () => {
  expect(expectBtfError(() => section('\0abc').at(1), 'BTF_BAD_STRING').message).toContain('no NUL')
})

it('goes on from where its base ends', () => {
  const base = section('\0abc\0')
  const split = section('def\0', base)
  expect([split.start, split.end]).toEqual([5, 9])
  expect([split.at(1), split.at(5)]).toEqual(['abc', 'def'])
})

import { expect, test } from 'vitest'
import { byteOffset, sectionIndex } from '../../src/base/units.ts'
import { SHT_STRTAB } from '../../src/elf/constants.ts'
import { ElfError } from '../../src/elf/elf_error.ts'
import { StringTable } from '../../src/elf/strings.ts'

function tableOf(text: string): StringTable {
  const data = new TextEncoder().encode(text)
  const section = {
    index: sectionIndex(3),
    name: '.strtab',
    type: SHT_STRTAB,
    flags: 0n,
    address: 0n,
    offset: byteOffset(100),
    size: data.length,
    link: 0,
    info: 0,
    alignment: 1,
    entrySize: 0,
    data,
  }
  return new StringTable({ name: 'x.o', bytes: data, class: 64, endianness: 'little' }, section)
}

function codeAndOffset(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    if (error instanceof ElfError) return [error.code, error.offset]
    throw error
  }
  return 'no error'
}

test('A name reaches from its offset to the next NUL', () => {
  const table = tableOf('\0main\0rb\0')
  expect(table.nameAt(1, 'symbol 1')).toBe('main')
  expect(table.nameAt(6, 'symbol 2')).toBe('rb')
})

test('A name may start inside of another', () => {
  expect(tableOf('\0.rel.text\0').nameAt(5, 'section 1')).toBe('.text')
})

test('The empty name is at offset 0, also of an empty table', () => {
  expect(tableOf('\0a\0').nameAt(0, 'symbol 0')).toBe('')
  expect(tableOf('').nameAt(0, 'symbol 0')).toBe('')
})

test('An offset after the table is ELF_BAD_STRING at that offset of the file', () => {
  expect(codeAndOffset(() => tableOf('\0a\0').nameAt(3, 'symbol 1'))).toEqual(['ELF_BAD_STRING', 103])
  expect(codeAndOffset(() => tableOf('').nameAt(1, 'symbol 1'))).toEqual(['ELF_BAD_STRING', 101])
})

test('A name without a NUL is ELF_BAD_STRING', () => {
  expect(codeAndOffset(() => tableOf('\0abc').nameAt(1, 'symbol 1'))).toEqual(['ELF_BAD_STRING', 101])
})

test('A name that is asked for often costs its length once', () => {
  const table = tableOf(`\0${'x'.repeat(1000)}\0`)
  for (let times = 0; times < 1000; times++) expect(table.nameAt(1, 'symbol 1')).toHaveLength(1000)
})

test('Names that overlap so much that they take many times the bytes of their table are ELF_TOO_LARGE', () => {
  const table = tableOf(`\0${'x'.repeat(1000)}\0`)
  const readAll = (): void => {
    for (let offset = 1; offset < 1000; offset++) table.nameAt(offset, `symbol ${offset}`)
  }
  expect(codeAndOffset(readAll)).toEqual(['ELF_TOO_LARGE', 117])
})

import { expect, test } from 'vitest'
import { readerOf, readWord, reject } from '../../src/elf/source.ts'

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

test('A reader’s errors name the part of the file and count offsets from the start of the file', () => {
  const reader = readerOf(
    { name: 'x.o', endianness: 'little' },
    { what: 'the symbol table', section: '.symtab', offset: 1000, bytes },
  )
  reader.seek(6)
  expect(() => reader.u32()).toThrow(
    expect.objectContaining({ code: 'ELF_TRUNCATED', object: 'x.o', section: '.symtab', offset: 1006 }),
  )
})

test('A word has 32 or 64 bits, by class, in the byte order of the file', () => {
  const part = { what: 'words', offset: 0, bytes }
  expect(readWord(readerOf({ name: 'x.o', endianness: 'little' }, part), 64)).toBe(0x0807_0605_0403_0201n)
  expect(readWord(readerOf({ name: 'x.o', endianness: 'big' }, part), 32)).toBe(0x0102_0304n)
})

test('reject throws an ElfError about the file', () => {
  expect(() => reject({ name: 'x.o' }, 'ELF_BAD_LINK', 'found', { section: '.a', offset: 5 })).toThrow(
    expect.objectContaining({ code: 'ELF_BAD_LINK', object: 'x.o', section: '.a', offset: 5 }),
  )
})

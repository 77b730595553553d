import { expect, test } from 'vitest'
import { parseElf } from '../../src/elf/parse.ts'
import { countEntries } from '../../src/elf/tables.ts'
import { writeElf } from './elf_writer.ts'

function countOf(size: number, entrySize: number, expected: number): number {
  const bytes = writeElf({ sections: [{ name: '.table', data: new Uint8Array(size), entrySize }] })
  const { sections } = parseElf(bytes, 'x.o')
  return countEntries({ name: 'x.o', bytes, class: 64, endianness: 'little' }, sections[1]!, expected)
}

test('A table has as many entries as fit into its section', () => {
  expect(countOf(72, 24, 24)).toBe(3)
  expect(countOf(0, 24, 24)).toBe(0)
})

test('Entries of another size, and half an entry at the end, are ELF_BAD_SIZE', () => {
  const badSize = expect.objectContaining({ code: 'ELF_BAD_SIZE', section: '.table', offset: 64 }) as Error
  expect(() => countOf(72, 16, 24)).toThrow(badSize)
  expect(() => countOf(70, 24, 24)).toThrow(badSize)
})

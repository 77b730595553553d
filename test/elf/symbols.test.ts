import { expect, test } from 'vitest'
import { SHN_ABS, SHN_COMMON, SHN_LORESERVE, SHN_XINDEX, SHT_SYMTAB } from '../../src/elf/constants.ts'
import { STB_GLOBAL, STB_WEAK, STT_FUNC, STT_OBJECT, STV_HIDDEN } from '../../src/elf/constants.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { elfErrorOf } from './expect_elf_error.ts'
import { emptyInsns, writeElf } from './elf_writer.ts'

const sections = [
  { name: '.text', data: emptyInsns(4) },
  { name: '.maps', data: emptyInsns(4) },
]
const main = { name: 'main', section: '.text', type: STT_FUNC, binding: STB_GLOBAL, value: 8n, size: 24n }
const rb = { name: 'rb', section: '.maps', type: STT_OBJECT, binding: STB_WEAK, visibility: STV_HIDDEN }

test.each([
  { class: 64, endianness: 'little', numbering: 'plain' },
  { class: 64, endianness: 'big', numbering: 'extended' },
  { class: 32, endianness: 'little', numbering: 'extended' },
  { class: 32, endianness: 'big', numbering: 'plain' },
] as const)('ELF$class $endianness-endian symbols are read with $numbering section indices', (layout) => {
  const elf = parseElf(writeElf({ ...layout, sections, symbols: [main, rb] }), 'x')
  expect(elf.symbols).toEqual([
    {
      index: 0,
      name: '',
      value: 0n,
      size: 0,
      type: 0,
      binding: 0,
      visibility: 0,
      definedIn: { kind: 'undefined' },
    },
    {
      index: 1,
      name: 'main',
      value: 8n,
      size: 24,
      type: STT_FUNC,
      binding: STB_GLOBAL,
      visibility: 0,
      definedIn: { kind: 'section', section: 1 },
    },
    {
      index: 2,
      name: 'rb',
      value: 0n,
      size: 0,
      type: STT_OBJECT,
      binding: STB_WEAK,
      visibility: STV_HIDDEN,
      definedIn: { kind: 'section', section: 2 },
    },
  ])
})

test.each([
  [SHN_ABS, { kind: 'absolute' }],
  [SHN_COMMON, { kind: 'common' }],
  [SHN_LORESERVE, { kind: 'reserved', index: SHN_LORESERVE }],
])('Section index %i is told apart from sections', (section, definedIn) => {
  expect(parseElf(writeElf({ symbols: [{ name: 'a', section }] }), 'x').symbols[1]).toMatchObject({
    definedIn,
  })
})

test('A file without a symbol table has no symbols', () => {
  expect(parseElf(writeElf({ sections }), 'x').symbols).toEqual([])
})

test('A symbol in a section that does not exist is ELF_BAD_INDEX at that symbol', () => {
  const error = elfErrorOf({ symbols: [{ name: 'a', section: 77 }] })
  expect(error).toMatchObject({ code: 'ELF_BAD_INDEX', section: '.symtab', offset: 64 + 24 })
  expect(error.message).toContain('symbol 1 is in section 77')
})

test('An extended index without its table is ELF_BAD_LINK', () => {
  expect(elfErrorOf({ symbols: [{ name: 'a', section: SHN_XINDEX }] }).code).toBe('ELF_BAD_LINK')
})

test('An extended index table that is too short is ELF_TRUNCATED', () => {
  const headers = { '.symtab_shndx': { size: 4n } }
  const error = elfErrorOf({ numbering: 'extended', sections, symbols: [main], headers })
  expect(error).toMatchObject({ code: 'ELF_TRUNCATED', section: '.symtab_shndx' })
})

test('A second symbol table is ELF_DUPLICATE_TABLE', () => {
  const error = elfErrorOf({ sections: [{ name: '.symtab2', type: SHT_SYMTAB }], symbols: [{ name: 'a' }] })
  expect(error.code).toBe('ELF_DUPLICATE_TABLE')
})

test('A size of 2^64 - 1 is ELF_TOO_LARGE', () => {
  const error = elfErrorOf({ symbols: [{ name: 'a', size: 0xffff_ffff_ffff_ffffn }] })
  expect(error).toMatchObject({ code: 'ELF_TOO_LARGE', section: '.symtab' })
})

test.each([
  ['entries of another size', { entrySize: 16n }, 'ELF_BAD_SIZE'],
  ['entries of no size', { entrySize: 0n }, 'ELF_BAD_SIZE'],
  ['half an entry at its end', { size: 25n }, 'ELF_BAD_SIZE'],
  ['names in a section that does not exist', { link: 99 }, 'ELF_BAD_LINK'],
  ['names in a section that is no string table', { link: 1 }, 'ELF_BAD_LINK'],
])('A symbol table with %s is refused', (_, header, code) => {
  const error = elfErrorOf({ sections, symbols: [main], headers: { '.symtab': header } })
  expect(error).toMatchObject({ code, section: '.symtab' })
})

import { expect, test } from 'vitest'
import { ET_DYN, R_BPF_64_32, R_BPF_64_64, SHT_REL, SHT_RELA } from '../../src/elf/constants.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { elfErrorOf } from './expect_elf_error.ts'
import { emptyInsns, writeElf } from './elf_writer.ts'

const file = {
  sections: [{ name: '.text', data: emptyInsns(4) }],
  symbols: [{ name: 'rb' }, { name: 'helper' }],
}
const entries = [
  { offset: 8, symbol: 'rb', type: R_BPF_64_64, addend: -8n },
  { offset: 24, symbol: 'helper', type: R_BPF_64_32, addend: 16n },
]

test.each([
  { class: 64, endianness: 'little', type: SHT_REL },
  { class: 64, endianness: 'big', type: SHT_RELA },
  { class: 32, endianness: 'little', type: SHT_RELA },
  { class: 32, endianness: 'big', type: SHT_REL },
] as const)('Relocations of ELF$class $endianness-endian sections of type $type are read', (layout) => {
  const { type, ...rest } = layout
  const elf = parseElf(writeElf({ ...rest, ...file, relocations: [{ target: '.text', type, entries }] }), 'x')
  const addends = type === SHT_RELA ? [-8n, 16n] : [undefined, undefined]
  expect(elf.relocations).toEqual([
    {
      index: 2,
      name: type === SHT_RELA ? '.rela.text' : '.rel.text',
      target: 1,
      entries: [
        { offset: 8, symbol: 1, type: R_BPF_64_64, addend: addends[0] },
        { offset: 24, symbol: 2, type: R_BPF_64_32, addend: addends[1] },
      ],
    },
  ])
})

test.each([
  ['a symbol that does not exist', { offset: 0, symbol: 3, type: 1 }, 'ELF_BAD_INDEX'],
  ['an offset at the end of its target', { offset: 32, symbol: 1, type: 1 }, 'ELF_BAD_OFFSET'],
  ['an offset of 2^64 - 1', { offset: 0xffff_ffff_ffff_ffffn, symbol: 1, type: 1 }, 'ELF_BAD_OFFSET'],
])('A relocation with %s is refused at its place in the file', (_, entry, code) => {
  const relocations = [{ target: '.text', entries: [entries[0]!, entry] }]
  const error = elfErrorOf({ ...file, relocations })
  expect(error).toMatchObject({ code, section: '.rel.text', offset: 64 + 32 + 16 })
  expect(error.message).toContain('relocation 1 of .rel.text')
})

test.each([
  ['for a section that does not exist', { info: 99 }, 'ELF_BAD_INDEX'],
  ['for the null section', { info: 0 }, 'ELF_BAD_INDEX'],
  ['against symbols in a section that does not exist', { link: 99 }, 'ELF_BAD_LINK'],
  ['against symbols in a section that holds none', { link: 1 }, 'ELF_BAD_LINK'],
  ['with entries of another size', { entrySize: 24n }, 'ELF_BAD_SIZE'],
  ['with half an entry at its end', { size: 24n }, 'ELF_BAD_SIZE'],
])('A relocation section %s is refused', (_, header, code) => {
  const error = elfErrorOf({
    ...file,
    relocations: [{ target: '.text', entries }],
    headers: { '.rel.text': header },
  })
  expect(error).toMatchObject({ code, section: '.rel.text' })
})

test('Files that are not relocatable have no relocations for a loader of objects', () => {
  const relocations = [{ target: '.text', entries: [{ offset: 0x40_1000, symbol: 99, type: 1 }] }]
  const elf = parseElf(writeElf({ ...file, type: ET_DYN, relocations }), 'x')
  expect(elf.sections.map(({ name }) => name)).toContain('.rel.text')
  expect(elf.relocations).toEqual([])
})

test('Sections that name the same bytes again and again are ELF_TOO_LARGE before they are read', () => {
  const data = new Uint8Array(64 * 16)
  const sections = Array.from({ length: 40 }, (_, index) => ({
    name: `.rel${index}`,
    type: SHT_REL,
    link: 42,
    info: 41,
    entrySize: 16,
    data: index === 0 ? data : new Uint8Array(),
  }))
  const headers = Object.fromEntries(sections.map(({ name }) => [name, { offset: 64n, size: 1024n }]))
  const target = { name: '.text', data: emptyInsns(1) }
  const error = elfErrorOf({ sections: [...sections, target], symbols: [{ name: 'a' }], headers })
  expect(error.code).toBe('ELF_TOO_LARGE')
})

import { expect, test } from 'vitest'
import { SHT_NOBITS, SHT_NULL } from '../../src/elf/constants.ts'
import { sectionNamed } from '../../src/elf/lookup.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { elfErrorOf } from './expect_elf_error.ts'
import { writeElf } from './elf_writer.ts'

const data = Uint8Array.of(1, 2, 3, 4, 5)

test.each([
  { class: 64, endianness: 'little' },
  { class: 64, endianness: 'big' },
  { class: 32, endianness: 'little' },
  { class: 32, endianness: 'big' },
] as const)('Every field of an ELF$class $endianness-endian section is read as it was written', (layout) => {
  const section = {
    name: 'tp/sched/sched_process_exec',
    type: 0x7000_0003,
    flags: 0x8000_0006n,
    address: 0x9000_0010n,
    info: 7,
    link: 2,
    alignment: 32,
    entrySize: 12,
  }
  const elf = parseElf(writeElf({ ...layout, sections: [{ ...section, data }] }), 'x')
  expect(elf.sections[1]).toEqual({
    ...section,
    index: 1,
    size: 5,
    offset: layout.class === 64 ? 64 : 56,
    data,
  })
})

test('Flags and addresses keep all of their 64 bits', () => {
  const section = { name: '.x', flags: 0xffff_ffff_ffff_fffdn, address: 0xffff_ffff_8100_0001n }
  expect(parseElf(writeElf({ sections: [section] }), 'x').sections[1]).toMatchObject(section)
})

test('The data is a view of the bytes that were parsed, even where these are a part of a larger buffer', () => {
  const bytes = writeElf({ sections: [{ name: '.x', data }] })
  const larger = new Uint8Array(bytes.length + 20)
  larger.set(bytes, 13)
  const section = sectionNamed(parseElf(larger.subarray(13, 13 + bytes.length), 'x'), '.x')
  expect(section?.data).toEqual(data)
  expect(section?.data.buffer).toBe(larger.buffer)
})

test('An SHT_NOBITS section has a size and no data, however large it is', () => {
  const size = 2 ** 48
  const elf = parseElf(writeElf({ sections: [{ name: '.bss', type: SHT_NOBITS, size }] }), 'x')
  expect(elf.sections[1]).toMatchObject({ name: '.bss', size, data: new Uint8Array() })
})

test('An SHT_NOBITS section of 2^64 - 1 bytes is ELF_TOO_LARGE', () => {
  const headers = { '.bss': { size: 0xffff_ffff_ffff_ffffn } }
  expect(elfErrorOf({ sections: [{ name: '.bss', type: SHT_NOBITS }], headers }).code).toBe('ELF_TOO_LARGE')
})

test('The fields of a null section mean nothing', () => {
  const headers = { '': { offset: 0xffff_ffffn, size: 0xffff_ffffn } }
  const elf = parseElf(writeElf({ sections: [{ name: '.a', type: SHT_NULL }], headers }), 'x')
  expect(elf.sections[0]).toMatchObject({ offset: 0, size: 0, data: new Uint8Array() })
})

test.each([
  ['starts after the file', { offset: 1_000_000n }],
  ['ends after the file', { size: 1_000_000n }],
  ['wraps around 2^64', { offset: 64n, size: 0xffff_ffff_ffff_fff8n }],
  ['starts at 2^64 - 1', { offset: 0xffff_ffff_ffff_ffffn }],
])('A section that %s is ELF_TRUNCATED', (_, header) => {
  const error = elfErrorOf({ sections: [{ name: '.text', data }], headers: { '.text': header } })
  expect(error.code).toBe('ELF_TRUNCATED')
  expect(error.message).toContain('section 1')
})

test('Sections may overlap, and names may be empty, shared, or the end of another name', () => {
  const sections = ['', '.text', '.rel.text', '.text'].map((name) => ({ name, data }))
  const headers = { '.rel.text': { offset: 64n } }
  const elf = parseElf(writeElf({ sections, headers }), 'x')
  expect(elf.sections.map(({ name }) => name)).toEqual(['', '', '.text', '.rel.text', '.text', '.strtab'])
})

test('Names that are no ASCII are decoded as UTF-8, and what is no UTF-8 becomes U+FFFD', () => {
  const elf = parseElf(writeElf({ sections: [{ name: 'größe' }] }), 'x')
  expect(elf.sections[1]?.name).toBe('größe')
  const bytes = writeElf({ sections: [{ name: 'QQ' }] })
  bytes[bytes.indexOf(0x51)] = 0xff
  expect(parseElf(bytes, 'x').sections[1]?.name).toBe('\ufffdQ')
})

test('Without a name table (e_shstrndx 0) sections have no names', () => {
  const elf = parseElf(writeElf({ sections: [{ name: '.a' }], header: { shstrndx: 0 } }), 'x')
  expect(elf.sections.map(({ name }) => name)).toEqual(['', '', ''])
})

test('A name table that does not exist is ELF_BAD_INDEX', () => {
  expect(elfErrorOf({ header: { shstrndx: 2 } })).toMatchObject({ code: 'ELF_BAD_INDEX', offset: 62 })
})

test('A name table that is no string table is ELF_BAD_LINK', () => {
  const error = elfErrorOf({ sections: [{ name: '.a' }], header: { shstrndx: 1 } })
  expect(error).toMatchObject({ code: 'ELF_BAD_LINK', offset: 62 })
})

test('A name after the end of the name table is ELF_BAD_STRING', () => {
  const error = elfErrorOf({ sections: [{ name: '.a' }], headers: { '.a': { name: 1000 } } })
  expect(error.code).toBe('ELF_BAD_STRING')
  expect(error.message).toContain('the name of section 1 is at 1000')
})

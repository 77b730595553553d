import { describe, expect, test } from 'vitest'
import { parseElf } from '../../src/elf/parse.ts'
import { parseHeader } from '../../src/elf/header.ts'
import { elfErrorOf } from './expect_elf_error.ts'
import { writeElf } from './elf_writer.ts'

const LAYOUTS = [
  { class: 64, endianness: 'little' },
  { class: 64, endianness: 'big' },
  { class: 32, endianness: 'little' },
  { class: 32, endianness: 'big' },
] as const

describe.each(LAYOUTS)('the header of an ELF$class $endianness-endian file', (layout) => {
  test('is read as it was written', () => {
    const bytes = writeElf({ ...layout, type: 3, machine: 62, flags: 0x8000_0001 })
    expect(parseElf(bytes, 'a.out')).toMatchObject({
      ...layout,
      name: 'a.out',
      type: 3,
      machine: 62,
      flags: 0x8000_0001,
    })
  })

  test('is ELF_TRUNCATED where any byte of it is missing', () => {
    const size = layout.class === 64 ? 64 : 52
    const bytes = writeElf(layout)
    for (let length = 4; length < size; length++) {
      expect(elfErrorOf(bytes.subarray(0, length))).toMatchObject({
        code: 'ELF_TRUNCATED',
        object: 'test.bpf.o',
      })
    }
  })

  test('is refused where the file calls it shorter than it is', () => {
    expect(elfErrorOf({ ...layout, header: { ehsize: 51 } }).code).toBe('ELF_BAD_SIZE')
  })

  test('is refused where section headers have another size', () => {
    const error = elfErrorOf({ ...layout, header: { shentsize: 48 } })
    expect(error).toMatchObject({ code: 'ELF_BAD_SIZE', offset: layout.class === 64 ? 58 : 46 })
  })

  test('is refused where the section header table ends after the file', () => {
    const error = elfErrorOf({ ...layout, header: { shnum: 1000 } })
    expect(error.code).toBe('ELF_TRUNCATED')
    expect(error.message).toContain('a table of 1000 section headers')
  })

  test('is refused where the section header table starts after the file', () => {
    expect(elfErrorOf({ ...layout, header: { shoff: 0xffff_fff0n } }).code).toBe('ELF_TRUNCATED')
  })

  test('may name no section header table', () => {
    const bytes = writeElf({ ...layout, header: { shoff: 0n, shnum: 0, shstrndx: 0, shentsize: 0 } })
    expect(parseHeader(bytes, 'x').sectionTable).toBeUndefined()
    expect(parseElf(bytes, 'x')).toMatchObject({ sections: [], symbols: [], relocations: [] })
  })

  test('takes count and name table from section header 0 with extended numbering', () => {
    const elf = parseElf(writeElf({ ...layout, numbering: 'extended', sections: [{ name: '.maps' }] }), 'x')
    expect(elf.sections.map(({ name }) => name)).toEqual(['', '.maps', '.strtab'])
  })

  test('is refused where extended numbering claims more sections than the file holds', () => {
    const headers = { '': { size: 0xffff_ffffn } }
    expect(elfErrorOf({ ...layout, numbering: 'extended', headers }).code).toBe('ELF_TRUNCATED')
  })
})

test('An empty file is ELF_NOT_ELF, and the message says that it is empty', () => {
  const error = elfErrorOf(new Uint8Array())
  expect(error).toMatchObject({ code: 'ELF_NOT_ELF', object: 'test.bpf.o', offset: 0 })
  expect(error.message).toContain('it is empty')
})

test('A file with another magic is ELF_NOT_ELF, and the message shows what it begins with', () => {
  const error = elfErrorOf({ header: { magic: [0x42, 0x43, 0xc0, 0xde] } })
  expect(error.code).toBe('ELF_NOT_ELF')
  expect(error.message).toContain('42 43 c0 de')
})

test('A part of the magic is ELF_NOT_ELF', () => {
  expect(elfErrorOf(Uint8Array.of(0x7f, 0x45)).code).toBe('ELF_NOT_ELF')
})

test.each([0, 3, 255])('Class %i is ELF_BAD_CLASS', (value) => {
  expect(elfErrorOf({ header: { class: value } })).toMatchObject({ code: 'ELF_BAD_CLASS', offset: 4 })
})

test.each([0, 3, 255])('Data encoding %i is ELF_BAD_ENCODING', (value) => {
  expect(elfErrorOf({ header: { data: value } })).toMatchObject({ code: 'ELF_BAD_ENCODING', offset: 5 })
})

test('A version other than 1 is ELF_BAD_VERSION, wherever it is', () => {
  expect(elfErrorOf({ header: { identVersion: 2 } })).toMatchObject({ code: 'ELF_BAD_VERSION', offset: 6 })
  expect(elfErrorOf({ header: { version: 0 } })).toMatchObject({ code: 'ELF_BAD_VERSION', offset: 20 })
})

test('Section headers without a place in the file are ELF_BAD_SIZE', () => {
  expect(elfErrorOf({ header: { shoff: 0n } }).code).toBe('ELF_BAD_SIZE')
})

test('A section header table at 2^64 - 1 is ELF_TRUNCATED', () => {
  expect(elfErrorOf({ header: { shoff: 0xffff_ffff_ffff_ffffn } }).code).toBe('ELF_TRUNCATED')
})

test('Hostile program headers do not matter: nothing reads them', () => {
  const bytes = writeElf({ header: { phoff: 0xffff_ffff_ffffn, phnum: 0xffff, phentsize: 0 } })
  expect(parseElf(bytes, 'x').sections).toHaveLength(2)
})

import { expect, test } from 'vitest'
import { ET_DYN, PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE, SHT_NULL } from '../../src/elf/constants.ts'
import { ElfError } from '../../src/elf/elf_error.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import { type ElfDescription, writeElf } from './elf_writer.ts'

const segments = [
  { address: 0x1000n, fileSize: 0x200n },
  { type: PT_NOTE, flags: PF_R, offset: 0x40n, address: 0x40n, fileSize: 0x24n },
  { flags: PF_R | PF_W, offset: 0x200n, address: 0x2200n, fileSize: 0x10n, memorySize: 0x100n },
]

test.each([
  { class: 64, endianness: 'little' },
  { class: 64, endianness: 'big' },
  { class: 32, endianness: 'little' },
  { class: 32, endianness: 'big' },
] as const)('ELF$class $endianness-endian program headers are read', (layout) => {
  const image = parseElfImage(writeElf({ ...layout, type: ET_DYN, segments }), 'x')
  expect(image.segments).toEqual([
    { type: PT_LOAD, flags: PF_R | PF_X, offset: 0, address: 0x1000n, fileSize: 0x200, memorySize: 0x200n },
    { type: PT_NOTE, flags: PF_R, offset: 0x40, address: 0x40n, fileSize: 0x24, memorySize: 0x24n },
    {
      type: PT_LOAD,
      flags: PF_R | PF_W,
      offset: 0x200,
      address: 0x2200n,
      fileSize: 0x10,
      memorySize: 0x100n,
    },
  ])
})

test('A file without program headers has none', () => {
  expect(parseElfImage(writeElf(), 'x').segments).toEqual([])
})

test('The number of many program headers is in section header 0', () => {
  const description = {
    type: ET_DYN,
    segments,
    header: { phnum: 0xffff },
    headers: { '': { type: SHT_NULL, info: 3 } },
  }
  expect(parseElfImage(writeElf(description), 'x').segments).toHaveLength(3)
})

test.each<[string, string, ElfDescription]>([
  ['entries of another size', 'ELF_BAD_SIZE', { segments, header: { phentsize: 32 } }],
  ['more than fit into the file', 'ELF_TRUNCATED', { segments, header: { phnum: 0x1000 } }],
  ['a start outside of the file', 'ELF_TRUNCATED', { segments, header: { phoff: 1n << 40n } }],
  ['a start beyond all numbers', 'ELF_TRUNCATED', { segments, header: { phoff: (1n << 64n) - 1n } }],
  [
    'an offset of more than 2^53',
    'ELF_TOO_LARGE',
    { segments: [{ address: 0n, offset: 1n << 60n, fileSize: 1n }] },
  ],
])('Program headers with %s are refused', (_, code, description) => {
  expect(() => parseElfImage(writeElf(description), 'x')).toThrow(ElfError)
  expect(() => parseElfImage(writeElf(description), 'x')).toThrow(expect.objectContaining({ code }))
})

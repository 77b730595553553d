import { describe, expect, it } from 'vitest'
import {
  SHF_ALLOC,
  SHF_WRITE,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_PROGBITS,
  SHT_REL,
  STB_GLOBAL,
  STB_LOCAL,
  STT_NOTYPE,
  STT_OBJECT,
} from '../../src/elf/constants.ts'
import {
  FIRST_SECTION,
  SYMTAB_SECTION,
  type WritableSection,
  writeRelocatable,
} from '../../src/elf/elf_writer.ts'
import { parseElf } from '../../src/elf/parse.ts'

function section(name: string, rest: Partial<WritableSection>): WritableSection {
  const data = rest.data ?? new Uint8Array()
  return {
    name,
    type: SHT_PROGBITS,
    flags: SHF_ALLOC,
    size: data.length,
    alignment: 8,
    entrySize: 0,
    ...rest,
    data,
  }
}

const symbol = { type: STT_OBJECT, visibility: 0, value: 0n, size: 4 }

describe('writeRelocatable', () => {
  it.each(['little', 'big'] as const)('writes what the parser reads, %s-endian', (endianness) => {
    const relocation = new Uint8Array(16)
    const view = new DataView(relocation.buffer)
    view.setBigUint64(8, (2n << 32n) | 1n, endianness === 'little')
    const bytes = writeRelocatable({
      endianness,
      sections: [
        section('.data', { data: Uint8Array.of(1, 2, 3, 4), flags: SHF_ALLOC | SHF_WRITE, alignment: 4 }),
        section('.bss', { type: SHT_NOBITS, size: 5000 }),
        section('.rel.data', {
          type: SHT_REL,
          data: relocation,
          entrySize: 16,
          link: SYMTAB_SECTION,
          info: FIRST_SECTION,
        }),
      ],
      symbols: [
        { ...symbol, name: 'local', binding: STB_LOCAL, section: FIRST_SECTION },
        { ...symbol, name: 'extern', binding: STB_GLOBAL, section: SHN_UNDEF, type: STT_NOTYPE, size: 0 },
        { ...symbol, name: 'global', binding: STB_GLOBAL, section: FIRST_SECTION + 1, value: 8n },
      ],
    })
    const elf = parseElf(bytes, 'test')
    expect(elf).toMatchObject({ endianness, class: 64, type: 1, machine: 247, flags: 0 })
    expect(elf.sections.map(({ name }) => name)).toEqual([
      '',
      '.strtab',
      '.symtab',
      '.data',
      '.bss',
      '.rel.data',
    ])
    expect(elf.sections[3]).toMatchObject({ flags: SHF_ALLOC | SHF_WRITE, size: 4, alignment: 4 })
    expect([...(elf.sections[3]?.data ?? [])]).toEqual([1, 2, 3, 4])
    expect(elf.sections[4]).toMatchObject({ type: SHT_NOBITS, size: 5000 })
    expect(elf.symbols.map(({ name, definedIn }) => [name, definedIn.kind])).toEqual([
      ['', 'undefined'],
      ['local', 'section'],
      ['extern', 'undefined'],
      ['global', 'section'],
    ])
    expect(elf.symbols[3]).toMatchObject({ value: 8n, size: 4, binding: STB_GLOBAL, type: STT_OBJECT })
    expect(elf.relocations).toMatchObject([{ target: 3, entries: [{ offset: 0, symbol: 2, type: 1 }] }])
    // One more than the last local symbol's index, as gabi 4.3 has it.
    expect(elf.sections[2]?.info).toBe(2)
  })

  it('puts data where its alignment wants it, up to a cache line', () => {
    const bytes = writeRelocatable({
      endianness: 'little',
      sections: [
        section('a', { data: Uint8Array.of(1), alignment: 1 }),
        section('b', { data: Uint8Array.of(2), alignment: 32 }),
        section('c', { data: Uint8Array.of(3), alignment: 1 << 20 }),
      ],
      symbols: [],
    })
    const offsets = parseElf(bytes, 'test')
      .sections.slice(3)
      .map(({ offset }) => offset)
    expect(offsets[1]! % 32).toBe(0)
    expect(offsets[2]! % 64).toBe(0)
    expect(bytes.length).toBeLessThan(1000)
  })

  it('makes its own copies', () => {
    const data = Uint8Array.of(1, 2)
    const bytes = writeRelocatable({
      endianness: 'little',
      sections: [section('.data', { data })],
      symbols: [],
    })
    data[0] = 9
    expect([...(parseElf(bytes, 'test').sections[3]?.data ?? [])]).toEqual([1, 2])
  })
})

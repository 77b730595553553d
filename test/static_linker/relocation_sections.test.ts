import { describe, expect, it } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import {
  R_BPF_64_32,
  R_BPF_64_64,
  R_BPF_64_ABS32,
  R_BPF_64_ABS64,
  R_BPF_64_NODYLD32,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHT_NOBITS,
  SHT_RELA,
  STB_LOCAL,
  STT_SECTION,
} from '../../src/elf/constants.ts'
import { relocationsFor } from '../../src/elf/lookup.ts'
import { callSubprogram, exit, loadImm64, loadWide, movImm } from '../../src/insn/assemble.ts'
import { readInsn } from '../../src/insn/insn.ts'
import { type RelocationDescription, type SectionDescription, writeElf } from '../elf/elf_writer.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { link, linkerErrorOf, sectionOf } from './link.ts'

/** An object whose program refers to its own static function and variable by their sections, as clang does. */
const object = (name: string): ObjectDescription => ({
  programs: [
    { name: 'static_one', section: '.text', linkage: 'static', insns: [movImm(0, 1), exit()] },
    {
      name,
      section: 'socket',
      insns: [callSubprogram(-1), loadImm64(1, 8n), loadWide(2, 4, 16, 0), exit()],
      relocations: [
        { insn: 0, symbol: '.text', type: R_BPF_64_32 },
        { insn: 1, symbol: '.data' },
        { insn: 3, symbol: '.text' },
      ],
    },
  ],
  data: { '.data': [{ name: 'own', type: 'u32', linkage: 'static', bytes: new Array<number>(24).fill(0) }] },
})

/** imm of the call, of the load of data and of the load of a function, of the program that starts at `slot`. */
function immediates(elf: ReturnType<typeof link>, slot: number): readonly number[] {
  const { data } = sectionOf(elf, 'socket')
  return [slot, slot + 1, slot + 3].map((index) => readInsn(data, insnIndex(index), elf.endianness).imm)
}

describe('relocations', () => {
  it.each(['little', 'big'] as const)(
    'against sections move with what they mean, %s-endian',
    (endianness) => {
      const elf = link({ ...object('a'), endianness }, { ...object('b'), endianness })
      expect(immediates(elf, 0)).toEqual([-1, 8, 16])
      // A call counts instructions, a load bytes.
      expect(immediates(elf, 6)).toEqual([1, 8 + 24, 16 + 16])
      const { index } = sectionOf(elf, 'socket')
      expect(relocationsFor(elf, index).map(({ offset, type }) => [offset, type])).toEqual([
        [0, R_BPF_64_32],
        [8, R_BPF_64_64],
        [24, R_BPF_64_64],
        [48, R_BPF_64_32],
        [56, R_BPF_64_64],
        [72, R_BPF_64_64],
      ])
    },
  )

  it('are against one symbol for each section', () => {
    const elf = link(object('a'), object('b'))
    const sections = elf.symbols.filter(({ type }) => type === STT_SECTION)
    expect(sections).toHaveLength(3)
    const { index } = sectionOf(elf, 'socket')
    const symbols = relocationsFor(elf, index).map(({ symbol }) => symbol)
    expect(symbols.slice(0, 3)).toEqual(symbols.slice(3))
  })

  const sectionSymbol = (
    section: string,
  ): { name: string; section: string; type: number; binding: number } => ({
    name: section,
    section,
    type: STT_SECTION,
    binding: STB_LOCAL,
  })
  const text: SectionDescription = {
    name: '.text',
    flags: SHF_ALLOC | SHF_EXECINSTR,
    data: new Uint8Array(24),
  }
  const table = (type: number, more: Partial<RelocationDescription['entries'][number]> = {}): Uint8Array =>
    writeElf({
      sections: [
        text,
        { name: '.data', flags: SHF_ALLOC | SHF_WRITE, data: Uint8Array.of(16, 0, 0, 0, 0, 0, 0, 0) },
      ],
      symbols: [sectionSymbol('.text')],
      relocations: [{ target: '.data', entries: [{ offset: 0, symbol: '.text', type, ...more }] }],
    })

  it.each([R_BPF_64_ABS64, R_BPF_64_ABS32])('of data (type %d) move pointers to static functions', (type) => {
    expect([...sectionOf(link(table(type), table(type)), '.data').data]).toEqual([
      ...[16, 0, 0, 0, 0, 0, 0, 0],
      ...[40, 0, 0, 0, 0, 0, 0, 0],
    ])
  })

  it('of other types are refused', () => {
    const error = linkerErrorOf('LINK_BAD_RELOCATION', table(R_BPF_64_NODYLD32))
    expect(error.message).toContain(
      'the relocation in .rel.data for byte 0 has type 4; known are 1, 10, 2, 3',
    )
  })

  it('that end behind their section, or are within an instruction, are refused', () => {
    linkerErrorOf('LINK_BAD_RELOCATION', table(R_BPF_64_ABS64), table(R_BPF_64_ABS64, { offset: 4 }))
    const within = writeElf({
      sections: [text],
      symbols: [sectionSymbol('.text')],
      relocations: [{ target: '.text', entries: [{ offset: 4, symbol: '.text', type: R_BPF_64_64 }] }],
    })
    linkerErrorOf('LINK_BAD_RELOCATION', within, within)
  })

  it('whose value would not fit its field are refused', () => {
    const full = writeElf({
      sections: [
        text,
        {
          name: 'socket',
          flags: SHF_ALLOC | SHF_EXECINSTR,
          data: Uint8Array.of(0x18, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f),
        },
      ],
      symbols: [sectionSymbol('.text')],
      relocations: [{ target: 'socket', entries: [{ offset: 0, symbol: '.text', type: R_BPF_64_64 }] }],
    })
    linkerErrorOf('LINK_BAD_RELOCATION', full, full)
  })

  it('of a section without bytes, and with addends of their own, are refused', () => {
    const bss = writeElf({
      sections: [text, { name: '.bss', type: SHT_NOBITS, size: 8 }],
      symbols: [sectionSymbol('.text')],
      relocations: [{ target: '.bss', entries: [{ offset: 0, symbol: '.text', type: R_BPF_64_ABS64 }] }],
    })
    linkerErrorOf('LINK_BAD_RELOCATION', bss, bss)
    const withAddend = writeElf({
      sections: [text],
      symbols: [sectionSymbol('.text')],
      relocations: [
        {
          target: '.text',
          type: SHT_RELA,
          entries: [{ offset: 0, symbol: '.text', type: R_BPF_64_64, addend: 1n }],
        },
      ],
    })
    linkerErrorOf('LINK_BAD_RELOCATION', withAddend)
  })

  it('against a symbol that is not linked are refused', () => {
    const bytes = writeElf({
      sections: [text, { name: '.debug_str', data: new Uint8Array(8) }],
      symbols: [sectionSymbol('.debug_str')],
      relocations: [{ target: '.text', entries: [{ offset: 0, symbol: '.debug_str', type: R_BPF_64_64 }] }],
    })
    linkerErrorOf('LINK_BAD_RELOCATION', bytes)
  })
})

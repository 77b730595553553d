import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { SHT_NOBITS, SHT_PROGBITS, SHT_RELA, SHT_STRTAB } from '../../src/elf/constants.ts'
import { parseElf } from '../../src/elf/parse.ts'
import type { ElfStep } from '../../src/elf/steps.ts'
import { elfErrorOf } from './expect_elf_error.ts'
import { emptyInsns, writeElf, type ElfDescription } from './elf_writer.ts'

const object: ElfDescription = {
  sections: [
    { name: 'tp/sched/sched_process_exec', flags: 6n, data: emptyInsns(4) },
    { name: '.bss', type: SHT_NOBITS, flags: 3n, size: 4096 },
  ],
  symbols: [
    { name: 'handle_exec', section: 'tp/sched/sched_process_exec', type: 2, binding: 1, size: 32n },
    { name: 'dropped', section: '.bss', type: 1, binding: 1, size: 8n },
  ],
  relocations: [
    { target: 'tp/sched/sched_process_exec', entries: [{ offset: 8, symbol: 'dropped', type: 1 }] },
  ],
}

/** Parsing ends with a value or a BpfError: anything else fails the property. */
function survives(bytes: Uint8Array): boolean {
  try {
    parseElf(bytes, 'fuzzed.o')
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
  }
  return true
}

describe('the observer', () => {
  test('is told of each section in table order', () => {
    const steps: ElfStep[] = []
    parseElf(writeElf(object), 'boot.bpf.o', (step) => steps.push(step))
    expect(steps.map(({ kind, index, name }) => [kind, index, name])).toEqual([
      ['section-read', 0, ''],
      ['section-read', 1, 'tp/sched/sched_process_exec'],
      ['section-read', 2, '.bss'],
      ['section-read', 3, '.reltp/sched/sched_process_exec'],
      ['section-read', 4, '.symtab'],
      ['section-read', 5, '.strtab'],
    ])
    expect(steps[1]).toMatchObject({ object: 'boot.bpf.o', type: SHT_PROGBITS, size: 32, offset: 64 })
    expect(steps[5]).toMatchObject({ type: SHT_STRTAB })
  })
})

describe.each([
  { class: 64, endianness: 'little', numbering: 'plain' },
  { class: 64, endianness: 'big', numbering: 'extended' },
  { class: 32, endianness: 'little', numbering: 'extended' },
  { class: 32, endianness: 'big', numbering: 'plain' },
] as const)('an ELF$class $endianness-endian file with $numbering numbering', (layout) => {
  const bytes = writeElf({ ...object, ...layout })

  test('is an ElfError that names the file, whichever bytes are missing at its end', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(elfErrorOf(bytes.subarray(0, length)).object).toBe('test.bpf.o')
    }
    expect(parseElf(bytes, 'whole.o').symbols).toHaveLength(3)
  })

  test('gives a result or a BpfError for every value of every single byte that matters', () => {
    for (let position = 0; position < bytes.length; position++) {
      for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const mutated = bytes.slice()
        mutated[position] = value
        expect(survives(mutated)).toBe(true)
      }
    }
  })

  test('gives a result or a BpfError after any mutations', () => {
    const mutation = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }))
    const property = fc.property(
      fc.array(mutation, { maxLength: 12 }),
      fc.nat(bytes.length),
      (mutations, cut) => {
        const mutated = bytes.slice()
        for (const [position, value] of mutations) mutated[position] = value
        return survives(mutated) && survives(mutated.subarray(0, cut))
      },
    )
    fc.assert(property, { numRuns: 500, interruptAfterTimeLimit: 20_000 })
  })
})

test('Random bytes give a BpfError, with or without a valid ident before them', () => {
  const ident = fc.constantFrom([], [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], [0x7f, 0x45, 0x4c, 0x46, 1, 2, 1])
  const property = fc.property(ident, fc.uint8Array({ maxLength: 400 }), (start, rest) =>
    survives(Uint8Array.from([...start, ...rest])),
  )
  fc.assert(property, { numRuns: 2000 })
})

test('Whatever sections, symbols and relocations are written are read again', () => {
  const sectionData = fc.uint8Array({ minLength: 8, maxLength: 64 })
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z./]{1,12}$/), { minLength: 1, maxLength: 6 })
  const property = fc.property(names, sectionData, fc.constantFrom(32, 64), (all, data, elfClass) => {
    const target = `s${all[0]!}`
    const elf = parseElf(
      writeElf({
        class: elfClass,
        sections: all.map((name) => ({ name: `s${name}`, data })),
        symbols: all.map((name) => ({ name, section: `s${name}` })),
        relocations: [
          { target, type: SHT_RELA, entries: [{ offset: 7, symbol: all[0]!, type: 2, addend: -1n }] },
        ],
      }),
      'written.o',
    )
    expect(elf.sections.slice(1, all.length + 1).map(({ name }) => name.slice(1))).toEqual(all)
    expect(elf.sections[1]?.data).toEqual(data)
    expect(elf.symbols.slice(1).map(({ name }) => name)).toEqual(all)
    expect(elf.relocations[0]?.entries).toEqual([{ offset: 7, symbol: 1, type: 2, addend: -1n }])
  })
  fc.assert(property, { numRuns: 200 })
})

test('A megabyte of section headers that all take their names from one long string is refused quickly', () => {
  const sections = Array.from({ length: 2000 }, (_, index) => ({ name: `.${'x'.repeat(20)}${index}` }))
  const headers = Object.fromEntries(sections.map(({ name }, index) => [name, { name: index + 1 }]))
  const long = { name: 'y'.repeat(300_000) }
  const reversed = { sections: [long, ...sections], headers }
  expect(elfErrorOf(reversed).code).toBe('ELF_TOO_LARGE')
})

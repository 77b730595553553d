import { describe, expect, it } from 'vitest'
import { R_BPF_64_32, R_BPF_64_ABS64, STB_GLOBAL, STB_LOCAL, STT_OBJECT } from '../../src/elf/constants.ts'
import { call, exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { findMapReferences } from '../../src/relocate/map_references.ts'
import type { MapReference } from '../../src/relocate/relocated_object.ts'
import { RelocationError } from '../../src/relocate/relocation_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ObjectDescription, type ProgramRelocation, writeObject } from '../object/object_writer.ts'

const maps = [
  { name: 'first', uints: { type: 2, max_entries: 1 } },
  { name: 'second', uints: { type: 2, max_entries: 1 } },
]
const data: NonNullable<ObjectDescription['data']> = {
  '.data': [
    { name: 'a', type: 'u64' },
    { name: 'b', type: 'u64' },
  ],
  '.bss': [
    { name: 'hidden', type: 'u64', linkage: 'static' },
    { name: 'hidden2', type: 'u64', linkage: 'static' },
  ],
}

/** The references of a program that loads `held` into r1 and then calls a helper, with `relocation` on some slot. */
function referencesOf(
  relocation: ProgramRelocation,
  held = 0n,
  description: ObjectDescription = {},
): readonly MapReference[] {
  const programs = [
    // A program before it, so that places in the section are not places in the program.
    { name: 'before', insns: [movImm(0, 0), exit()] },
    { insns: [movImm(2, 0), loadImm64(1, held), call(1), exit()], relocations: [relocation] },
  ]
  const spec = parseObject(writeObject({ maps, data, programs, ...description }), 'test.bpf.o')
  return findMapReferences(spec, spec.programs.get('program')!)
}

describe('findMapReferences', () => {
  it.each(['first', 'second'])('finds a reference to map %s', (map) => {
    expect(referencesOf({ insn: 1, symbol: map })).toEqual([{ insn: 1, map, kind: 'map', offset: 0 }])
  })

  it.each([
    ['a', 0n, 0],
    ['b', 0n, 8],
    ['b', 4n, 12],
    ['b', -8n, 0],
  ])('finds a reference to variable %s plus %i', (symbol, held, offset) => {
    expect(referencesOf({ insn: 1, symbol }, held)).toEqual([
      { insn: 1, map: '.data', kind: 'value', offset },
    ])
  })

  it('takes the addend of a relocation that carries one, not what the instruction holds', () => {
    const description = {
      maps,
      data,
      programs: [{ insns: [loadImm64(1, 0n)], relocations: [{ insn: 0, symbol: 'a' }] }],
    }
    const spec = parseObject(writeObject(description), 'test.bpf.o')
    const relocations = spec.elf.relocations.map((section) => ({
      ...section,
      entries: section.entries.map((entry) => ({ ...entry, addend: 8n })),
    }))
    const program = spec.programs.get('program')!
    const withAddends = { ...spec, elf: { ...spec.elf, relocations } }
    expect(findMapReferences(withAddends, program)).toEqual([
      { insn: 0, map: '.data', kind: 'value', offset: 8 },
    ])
  })

  it('finds static variables by the place that the instruction holds, since their symbol is the section’s', () => {
    expect(referencesOf({ insn: 1, symbol: '.bss' }, 8n)).toEqual([
      { insn: 1, map: '.bss', kind: 'value', offset: 8 },
    ])
  })

  it('finds none in a program without relocations', () => {
    const spec = parseObject(writeObject({ maps }), 'test.bpf.o')
    expect(findMapReferences(spec, spec.programs.get('program')!)).toEqual([])
  })

  it('leaves the relocations of other programs in the section to them', () => {
    const bytes = writeObject({
      maps,
      programs: [
        { name: 'one', insns: [loadImm64(1, 0n), exit()], relocations: [{ insn: 0, symbol: 'first' }] },
        { name: 'two', insns: [exit(), loadImm64(1, 0n)], relocations: [{ insn: 1, symbol: 'second' }] },
      ],
    })
    const spec = parseObject(bytes, 'test.bpf.o')
    const found = [...spec.programs.values()].map((program) => findMapReferences(spec, program))
    expect(found).toEqual([
      [{ insn: 0, map: 'first', kind: 'map', offset: 0 }],
      [{ insn: 1, map: 'second', kind: 'map', offset: 0 }],
    ])
  })

  it.each([
    ['a place before its section', 'a', -1n, 'byte -1 of section .data, which has 16 bytes'],
    ['a place behind its section', 'b', 8n, 'byte 16 of section .data, which has 16 bytes'],
    ['a place within a map definition', 'first', 4n, 'neither a map nor a global variable'],
  ])('refuses a reference to %s', (_, symbol, held, found) => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insn: 1, symbol }, held))
    expect(error.message).toContain(found)
  })

  it('refuses a symbol of a section that is no map', () => {
    const extraSymbols = [{ name: 'words', section: 'license', type: STT_OBJECT, binding: STB_LOCAL }]
    bpfErrorOf('RELOCATION_BAD_TARGET', () =>
      referencesOf({ insn: 1, symbol: 'words' }, 0n, { extraSymbols }),
    )
  })

  it.each([0, 2, 3])('refuses to relocate slot %i, which is no ldimm64', (insn) => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insn, symbol: 'first' }))
    expect(error.message).toContain(`instruction ${insn} of program program`)
    expect(error.message).toContain('ldimm64')
  })

  it('refuses to relocate the middle of an instruction', () => {
    bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insn: 1.5, symbol: 'first' }))
  })

  it('refuses an ldimm64 whose second slot is behind the end of the program', () => {
    const programs = [{ insns: [exit(), loadImm64(1, 0n)], relocations: [{ insn: 1, symbol: 'first' }] }]
    const cut = { programs, symbolLies: { program: { size: 16n } } }
    const spec = parseObject(writeObject({ maps, ...cut }), 'test.bpf.o')
    bpfErrorOf('RELOCATION_BAD_TARGET', () => findMapReferences(spec, spec.programs.get('program')!))
  })

  it('leaves externs to those who know the kernel', () => {
    const extraSymbols = [{ name: 'LINUX_KERNEL_VERSION', type: STT_OBJECT, binding: STB_GLOBAL }]
    expect(referencesOf({ insn: 1, symbol: 'LINUX_KERNEL_VERSION' }, 0n, { extraSymbols })).toEqual([])
  })

  it('finds a variable in the arena, which has to be the only one', () => {
    const arena = (name: string): (typeof maps)[number] => ({ name, uints: { type: 33, max_entries: 4 } })
    const of = (...arenas: readonly string[]): readonly MapReference[] =>
      referencesOf({ insn: 1, symbol: '.addr_space.1' }, 8n, {
        maps: [...maps, ...arenas.map(arena)],
        data: {
          '.addr_space.1': [
            { name: 'a', type: 'u64' },
            { name: 'b', type: 'u64' },
          ],
        },
      })
    expect(of('arena')).toEqual([{ insn: 1, map: 'arena', kind: 'value', offset: 8 }])
    const messageOf = (...arenas: readonly string[]): string =>
      bpfErrorOf('RELOCATION_BAD_TARGET', () => of(...arenas)).message
    expect(messageOf()).toContain('has to define one arena map; it defines none')
    expect(messageOf('one', 'two')).toContain('it defines several: one, two')
  })

  it('leaves calls and addresses of functions to the linker', () => {
    expect(referencesOf({ insn: 3, symbol: 'before', type: R_BPF_64_32 })).toEqual([])
    expect(referencesOf({ insn: 1, symbol: 'before' })).toEqual([])
  })

  it('refuses relocations of a type that programs do not have', () => {
    const error = bpfErrorOf('RELOCATION_UNSUPPORTED', () =>
      referencesOf({ insn: 1, symbol: 'first', type: R_BPF_64_ABS64 }),
    )
    expect(error.message).toContain(`type ${R_BPF_64_ABS64}`)
  })

  it('says which program, section and byte an error is about', () => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insn: 3, symbol: 'first' }))
    expect(error).toBeInstanceOf(RelocationError)
    expect(error).toMatchObject({
      object: 'test.bpf.o',
      section: 'tp/sched/sched_process_exec',
      program: 'program',
      offset: 24,
    })
  })
})

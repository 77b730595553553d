import { describe, expect, it } from 'vitest'
import { R_BPF_64_32, SHT_RELA, STB_GLOBAL, STB_LOCAL, STT_FUNC } from '../../src/elf/constants.ts'
import { call, callSubprogram, exit, loadImm64, loadWide, movImm } from '../../src/insn/assemble.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { findFunctionReferences } from '../../src/relocate/calls.ts'
import { FunctionTable } from '../../src/relocate/functions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ObjectDescription, type ProgramDescription, writeObject } from '../object/object_writer.ts'

/** Instructions 0 to 1, 2 to 4 and 5 to 6 of .text. */
const text: readonly ProgramDescription[] = [
  { name: 'first', section: '.text' },
  { name: 'second', section: '.text', linkage: 'static', insns: [movImm(0, 0), movImm(0, 1), exit()] },
  { name: 'third', section: '.text' },
]

type Found = readonly [insn: number, kind: string, target: string]

function referencesIn(spec: ObjectSpec, name: string): readonly Found[] {
  const fn = spec.functions.find((each) => each.name === name)!
  const references = findFunctionReferences(spec, new FunctionTable(spec.functions), fn)
  return references.map(({ insn, kind, target }) => [insn, kind, target.name])
}

/** The references of a program that is not the first in its section. */
function referencesOf(program: ProgramDescription, more: ObjectDescription = {}): readonly Found[] {
  const programs = [...text, { name: 'before', section: 'xdp' }, { section: 'xdp', ...program }]
  return referencesIn(parseObject(writeObject({ programs, ...more }), 'test.bpf.o'), 'program')
}

const calls = (distance: number): Required<ProgramDescription>['insns'] => [
  movImm(1, 0),
  callSubprogram(distance),
  exit(),
]
const takes = (imm: number): Required<ProgramDescription>['insns'] => [
  loadImm64(2, BigInt(imm)),
  call(181),
  exit(),
]
const callOf = (symbol: string): Required<ProgramDescription>['relocations'] => [
  { insn: 1, symbol, type: R_BPF_64_32 },
]
const addressOf = (symbol: string): Required<ProgramDescription>['relocations'] => [{ insn: 0, symbol }]

describe('findFunctionReferences', () => {
  it.each(['first', 'third'])('finds the call of global function %s by its symbol', (name) => {
    expect(referencesOf({ insns: calls(-1), relocations: callOf(name) })).toEqual([[1, 'call', name]])
  })

  it.each([
    [-1, 'first'],
    [1, 'second'],
    [4, 'third'],
  ])('finds the call of a static function by the section’s symbol and imm %i', (imm, name) => {
    expect(referencesOf({ insns: calls(imm), relocations: callOf('.text') })).toEqual([[1, 'call', name]])
  })

  it.each([
    ['first', 0, 'first'],
    ['third', 0, 'third'],
    ['.text', 16, 'second'],
    ['.text', 40, 'third'],
  ])('finds the address of a function: symbol %s plus %i bytes', (symbol, imm, name) => {
    expect(referencesOf({ insns: takes(imm), relocations: addressOf(symbol) })).toEqual([
      [0, 'address', name],
    ])
  })

  it('finds the call of a function in its own section, which has no relocation', () => {
    const programs = [
      { name: 'local', section: 'xdp', linkage: 'static' as const },
      { name: 'program', section: 'xdp', insns: [callSubprogram(-3), callSubprogram(1), exit()] },
      { name: 'behind', section: 'xdp' },
    ]
    const spec = parseObject(writeObject({ programs }), 'test.bpf.o')
    expect(referencesIn(spec, 'program')).toEqual([
      [0, 'call', 'local'],
      [1, 'call', 'behind'],
    ])
  })

  it('finds a function that calls itself', () => {
    const programs = [{ insns: [callSubprogram(-1), exit()] }]
    expect(referencesIn(parseObject(writeObject({ programs }), 'test.bpf.o'), 'program')).toEqual([
      [0, 'call', 'program'],
    ])
  })

  it('gives references in the order of the instructions, whatever the order of the relocations', () => {
    const insns = [callSubprogram(-1), loadImm64(2, 0n), callSubprogram(4), exit()]
    const relocations = [
      { insn: 3, symbol: '.text', type: R_BPF_64_32 },
      { insn: 0, symbol: 'third', type: R_BPF_64_32 },
      { insn: 1, symbol: 'first' },
    ]
    expect(referencesOf({ insns, relocations })).toEqual([
      [0, 'call', 'third'],
      [1, 'address', 'first'],
      [3, 'call', 'third'],
    ])
  })

  it('leaves helpers, map references and extern functions alone', () => {
    const extraSymbols = [{ name: 'bpf_some_kfunc', type: STT_FUNC, binding: STB_GLOBAL }]
    const maps = [{ name: 'counts', uints: { type: 2, max_entries: 1 } }]
    const insns = [loadImm64(1, 0n), call(1), callSubprogram(-1), exit()]
    const relocations = [
      { insn: 0, symbol: 'counts' },
      { insn: 3, symbol: 'bpf_some_kfunc', type: R_BPF_64_32 },
    ]
    expect(referencesOf({ insns, relocations }, { maps, extraSymbols })).toEqual([])
  })

  it('takes the addend of a relocation that carries one, in bytes from the symbol', () => {
    const bytes = writeObject({
      programs: [...text, { section: 'xdp', insns: calls(0), relocations: callOf('.text') }],
    })
    const spec = parseObject(bytes, 'test.bpf.o')
    const relocations = spec.elf.relocations.map((section) => ({
      ...section,
      type: SHT_RELA,
      entries: section.entries.map((entry) => ({ ...entry, addend: 16n })),
    }))
    const withAddends = { ...spec, elf: { ...spec.elf, relocations } }
    expect(referencesIn(withAddends, 'program')).toEqual([[1, 'call', 'second']])
  })

  it('works for big-endian objects', () => {
    const program = { insns: calls(1), relocations: callOf('.text') }
    expect(referencesOf(program, { endianness: 'big' })).toEqual([[1, 'call', 'second']])
  })

  it.each([
    ['the middle of a function', 2, 'within second, which starts at 2'],
    ['the end of the section', 6, 'no function starts at instruction 7 of section .text'],
    ['before the section', -2, 'no function starts at instruction -1'],
    ['far away', 0x7fff_ffff, 'no function starts at instruction 2147483648'],
  ])('refuses a call of %s', (_, imm, found) => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () =>
      referencesOf({ insns: calls(imm), relocations: callOf('.text') }),
    )
    expect(error.message).toContain('instruction 1 of program program')
    expect(error.message).toContain(found)
    expect(error).toMatchObject({ section: 'xdp', program: 'program', offset: 8 })
  })

  it('refuses a call without a relocation to where no function starts', () => {
    bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insns: calls(100) }))
    bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insns: calls(-1) }))
  })

  it.each([4, -8, 8])('refuses an address %i bytes from where a function starts', (imm) => {
    bpfErrorOf('RELOCATION_BAD_TARGET', () =>
      referencesOf({ insns: takes(imm), relocations: addressOf('first') }),
    )
  })

  it('refuses a symbol in the middle of an instruction, and one at 2^63', () => {
    for (const value of [4n, 1n << 63n]) {
      const extraSymbols = [{ name: 'lie', section: '.text', value, binding: STB_LOCAL }]
      bpfErrorOf('RELOCATION_BAD_TARGET', () =>
        referencesOf({ insns: calls(-1), relocations: callOf('lie') }, { extraSymbols }),
      )
    }
  })

  it('refuses the call of a variable, and of an absolute symbol', () => {
    const data = { '.data': [{ name: 'word', type: 'u64' }] }
    bpfErrorOf('RELOCATION_BAD_TARGET', () =>
      referencesOf({ insns: calls(-1), relocations: callOf('word') }, { data }),
    )
    const extraSymbols = [{ name: 'absolute', section: 0xfff1, binding: STB_GLOBAL }]
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () =>
      referencesOf({ insns: calls(-1), relocations: callOf('absolute') }, { extraSymbols }),
    )
    expect(error.message).toContain('symbol absolute, which is no function of a section')
  })

  it('refuses a relocation of a call on anything else', () => {
    for (const insns of [
      [movImm(0, 0), movImm(0, 0), exit()],
      [movImm(0, 0), call(1), exit()],
    ]) {
      bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insns, relocations: callOf('first') }))
    }
  })

  it('refuses the address of a function in what is no ldimm64, or half of one', () => {
    for (const insns of [calls(-1), [exit(), loadImm64(1, 0n)]]) {
      const more = { symbolLies: { program: { size: 16n } } }
      const relocations = [{ insn: 1, symbol: 'first' }]
      bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insns, relocations }, more))
    }
  })

  it('refuses a relocation in the middle of an instruction', () => {
    const relocations = [{ insn: 1.5, symbol: 'first', type: R_BPF_64_32 }]
    bpfErrorOf('RELOCATION_BAD_TARGET', () => referencesOf({ insns: calls(-1), relocations }))
  })

  it('refuses the address of a function that no relocation names', () => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () =>
      referencesOf({ insns: [loadWide(1, 4, 0, 0), exit()] }),
    )
    expect(error.message).toContain('no relocation says which')
  })
})

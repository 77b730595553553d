import { describe, expect, it } from 'vitest'
import {
  R_BPF_64_32,
  SHF_EXECINSTR,
  STB_GLOBAL,
  STB_LOCAL,
  STT_FUNC,
  STT_NOTYPE,
} from '../../src/elf/constants.ts'
import { callSubprogram, exit, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import type { ProgramSpec } from '../../src/object/program_spec.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { emptyInsns, writeElf } from '../elf/elf_writer.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ObjectDescription, type ProgramDescription, writeObject } from './object_writer.ts'

function programsOf(description: ObjectDescription): readonly ProgramSpec[] {
  return [...parseObject(writeObject(description), 'test.bpf.o').programs.values()]
}

describe('readFunctions', () => {
  it('cuts a section into the functions that its symbols name, in the order of their places', () => {
    const programs = programsOf({
      programs: [
        { name: 'first', insns: [movImm(0, 1), exit()] },
        { name: 'second', insns: [movImm(0, 2), movImm(0, 3), exit()] },
      ],
    })
    expect(programs.map(({ name, start, insns }) => [name, start, insns.length / 8])).toEqual([
      ['first', 0, 2],
      ['second', 2, 3],
    ])
    expect(programs[1]?.insns[4]).toBe(2)
  })

  it('refuses code without symbols, instead of finding nothing in it', () => {
    const code = { name: 'xdp', flags: SHF_EXECINSTR, data: emptyInsns(2) }
    const error = bpfErrorOf('OBJECT_NO_SYMBOLS', () =>
      parseObject(writeElf({ sections: [code] }), 'stripped.bpf.o'),
    )
    expect(error).toMatchObject({ object: 'stripped.bpf.o', section: 'xdp' })
    expect(error.message).toContain('llvm-strip -g')
    expect(
      parseObject(writeElf({ sections: [{ ...code, data: emptyInsns(0) }] }), 'empty.bpf.o').programs.size,
    ).toBe(0)
  })

  it('keeps the order of sections, since programs are attached in it', () => {
    const programs = programsOf({
      programs: [
        { name: 'b', section: 'tp/sched/sched_process_exit' },
        { name: 'a', section: 'tp/sched/sched_process_exec' },
      ],
    })
    expect(programs.map(({ name }) => name)).toEqual(['b', 'a'])
  })

  it('takes no functions of .text, no local ones, and no other symbols', () => {
    const section = 'tp/sched/sched_process_exec'
    const programs = programsOf({
      programs: [
        { name: 'subprogram', section: '.text' },
        { name: 'split', section: '.text.split' },
        { name: 'program' },
      ],
      extraSymbols: [
        { name: 'static', section, size: 16n, type: STT_FUNC, binding: STB_LOCAL },
        { name: 'label', section, type: STT_NOTYPE, binding: STB_GLOBAL },
      ],
    })
    expect(programs.map(({ name }) => name)).toEqual(['program'])
  })

  it('takes a global function for a subprogram if others call it and its section’s name says nothing', () => {
    const insns = [callSubprogram(-1), exit()]
    const calling = (symbol: string): Partial<ProgramDescription> => ({
      insns,
      relocations: [{ insn: 0, symbol, type: R_BPF_64_32 }],
    })
    const spec = parseObject(
      writeObject({
        programs: [
          { name: 'lost', section: 'library' },
          { name: 'shared', section: 'library' },
          { name: 'callee', section: 'xdp' },
          { name: 'one', section: 'xdp', ...calling('shared') },
          { name: 'two', section: 'xdp', ...calling('callee') },
        ],
      }),
      'test.bpf.o',
    )
    expect([...spec.programs.keys()]).toEqual(['lost', 'callee', 'one', 'two'])
  })

  it('gives all functions by section and place, the programs among them', () => {
    const description: ObjectDescription = {
      programs: [
        { name: 'subprogram', section: '.text' },
        { name: 'local', section: 'xdp', linkage: 'static' },
        { name: 'same', section: '.text', linkage: 'static' },
        { name: 'same', section: '.text', linkage: 'static' },
        { name: 'weak', section: 'xdp', linkage: 'weak' },
      ],
    }
    const { functions, programs } = parseObject(writeObject(description), 'test.bpf.o')
    expect(functions.map(({ name, sectionName, start }) => [name, sectionName, start])).toEqual([
      ['subprogram', '.text', 0],
      ['same', '.text', 2],
      ['same', '.text', 4],
      ['local', 'xdp', 0],
      ['weak', 'xdp', 2],
    ])
    expect([...programs.values()]).toEqual([functions[4]])
    expect(functions[4]).toBe(programs.get('weak'))
  })

  it('takes two names of one function for two programs, and refuses a section with names by the dozen', () => {
    const section = 'tp/sched/sched_process_exec'
    const aliases = (count: number): ObjectDescription => ({
      programs: [{ name: 'program', insns: [movImm(0, 0), exit()] }],
      extraSymbols: Array.from({ length: count }, (_, index) => ({
        name: `alias${index}`,
        section,
        size: 16n,
        type: STT_FUNC,
        binding: STB_GLOBAL,
      })),
    })
    expect(programsOf(aliases(1)).map(({ name }) => name)).toEqual(['program', 'alias0'])
    const error = bpfErrorOf('OBJECT_BAD_SYMBOL', () => programsOf(aliases(16)))
    expect(error.message).toContain('17 function symbols')
  })

  it('keeps programs of unknown sections, and why they are unknown', () => {
    const [program] = programsOf({ programs: [{ section: 'no/such/section' }] })
    expect(program?.kind.kind).toBe('unknown')
  })

  it.each([
    ['starts between two instructions', { value: 4n }],
    ['ends between two instructions', { size: 12n }],
    ['has no instructions', { size: 0n }],
    ['ends behind its section', { size: 24n }],
    ['starts behind its section', { value: 16n }],
    ['starts at 2^63', { value: 1n << 63n }],
  ])('keeps a function that %s, with what is wrong about it', (_, lie) => {
    const description = { programs: [{}, { name: 'other', section: 'xdp' }], symbolLies: { program: lie } }
    const spec = parseObject(writeObject(description), 'test.bpf.o')
    const program = spec.programs.get('program')
    expect(program?.problem).toContain('which has 16; expected whole instructions')
    expect(program?.insns).toHaveLength(0)
    expect(spec.programs.get('other')?.problem).toBeUndefined()
    const { programs, failures } = relocateObject(spec, { targetBtf: () => expect.fail('not needed') })
    expect(programs.map(({ name }) => name)).toEqual(['other'])
    expect(failures).toMatchObject([
      { program: 'program', error: { code: 'RELOCATION_BAD_FUNCTION', program: 'program' } },
    ])
  })

  it('keeps a subprogram that makes no sense, for those that call it', () => {
    const caller = {
      name: 'caller',
      section: 'xdp',
      insns: [callSubprogram(-1), exit()],
      relocations: [{ insn: 0, symbol: 'shared', type: R_BPF_64_32 }],
    }
    const programs = [{ name: 'shared', section: '.text' }, caller, { name: 'other', section: 'xdp' }]
    const bytes = writeObject({ programs, symbolLies: { shared: { size: 99n } } })
    const { failures } = relocateObject(parseObject(bytes, 'test.bpf.o'), {
      targetBtf: () => expect.fail('not needed'),
    })
    expect(failures).toMatchObject([{ program: 'caller', error: { code: 'RELOCATION_BAD_FUNCTION' } }])
    expect(failures[0]?.error.message).toMatch(
      /cannot load function shared: its symbol spans bytes 0 to 99 .*; program caller needs it$/,
    )
  })

  it('keeps the first of two programs of one name, which cannot be loaded', () => {
    const spec = parseObject(
      writeObject({ programs: [{ section: 'tp/a/b' }, { section: 'tp/c/d' }, { name: 'other' }] }),
      'test.bpf.o',
    )
    expect([...spec.programs.values()].map(({ name, sectionName }) => [name, sectionName])).toEqual([
      ['program', 'tp/a/b'],
      ['other', 'tp/sched/sched_process_exec'],
    ])
    expect(spec.programs.get('program')?.problem).toBe('another program has its name; rename one')
  })

  it('does not take a section without instructions for programs', () => {
    const programs = programsOf({
      extraSections: [
        { name: 'xdp', data: emptyInsns(2) },
        { name: 'socket', flags: SHF_EXECINSTR },
      ],
      extraSymbols: [{ name: 'data', section: 'xdp', size: 16n, type: STT_FUNC, binding: STB_GLOBAL }],
    })
    expect(programs.map(({ name }) => name)).toEqual(['program'])
  })
})

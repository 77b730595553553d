import { describe, expect, it } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, exit } from '../../src/insn/assemble.ts'
import { INSN_SIZE } from '../../src/insn/opcodes.ts'
import type { FunctionSpec } from '../../src/object/function_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { findFunctionReferences } from '../../src/relocate/calls.ts'
import { FunctionTable } from '../../src/relocate/functions.ts'
import { layOut } from '../../src/relocate/layout.ts'
import { LinkBudget } from '../../src/relocate/link_budget.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ProgramDescription, writeObject } from '../object/object_writer.ts'

/** A function that calls others, by name, and then ends. */
function caller(name: string, callees: readonly string[], section = '.text'): ProgramDescription {
  return {
    name,
    section,
    insns: [...callees.map(() => callSubprogram(-1)), exit()],
    relocations: callees.map((symbol, insn) => ({ insn, symbol, type: R_BPF_64_32 })),
  }
}

function layOutOf(
  programs: readonly ProgramDescription[],
  callback?: string,
): readonly (readonly [string, number])[] {
  const spec = parseObject(writeObject({ programs }), 'test.bpf.o')
  const table = new FunctionTable(spec.functions)
  const referencesOf = (fn: (typeof spec.functions)[number]): ReturnType<typeof findFunctionReferences> =>
    findFunctionReferences(spec, table, fn)
  const exceptionCallback = spec.functions.find(({ name }) => name === callback)
  const { starts } = layOut(spec, spec.programs.get('main')!, {
    referencesOf,
    exceptionCallback,
    budget: new LinkBudget(spec),
  })
  return [...starts].map(([{ name }, start]) => [name, start])
}

describe('layOut', () => {
  it('places a program that calls nothing at 0, and leaves out what nobody calls', () => {
    expect(layOutOf([caller('unused', []), caller('main', [], 'xdp')])).toEqual([['main', 0]])
  })

  it('places functions depth first, each where it is named first', () => {
    const programs = [
      caller('d', []),
      caller('c', ['d']),
      caller('b', ['d', 'c']),
      caller('a', ['c', 'b']),
      caller('main', ['b', 'a'], 'xdp'),
    ]
    expect(layOutOf(programs)).toEqual([
      ['main', 0],
      ['b', 3],
      ['d', 6],
      ['c', 7],
      ['a', 9],
    ])
  })

  it('comes to an end where functions call themselves and each other', () => {
    const programs = [
      caller('even', ['odd', 'even']),
      caller('odd', ['even']),
      caller('main', ['even', 'odd', 'main'], 'xdp'),
    ]
    expect(layOutOf(programs)).toEqual([
      ['main', 0],
      ['even', 4],
      ['odd', 7],
    ])
  })

  it('places an exception callback last, with what it calls, unless something refers to it', () => {
    const programs = [
      caller('a', []),
      caller('caught', ['helper', 'a']),
      caller('helper', []),
      caller('main', ['a'], 'xdp'),
    ]
    const names = (callback: string): readonly string[] => layOutOf(programs, callback).map(([name]) => name)
    expect(names('caught')).toEqual(['main', 'a', 'caught', 'helper'])
    expect(names('a')).toEqual(['main', 'a'])
  })

  it('takes calls nested deeper than JavaScript’s stack', () => {
    const depth = 12_000
    const insns = [callSubprogram(0), exit()]
    // Each calls the one behind it in the section.
    const chain = Array.from({ length: depth }, (_, index) => ({
      name: index === 0 ? 'main' : `f${index}`,
      section: 'xdp',
      insns: index === depth - 1 ? [exit()] : insns.with(0, callSubprogram(1)),
    }))
    const starts = layOutOf(chain)
    expect(starts).toHaveLength(depth)
    expect(starts.at(-1)).toEqual([`f${depth - 1}`, (depth - 1) * 2])
  })

  it('refuses a program that the kernel would refuse for its size', () => {
    const spec = parseObject(writeObject({ programs: [{ name: 'main' }] }), 'test.bpf.o')
    const main = spec.programs.get('main')!
    const { section, sectionName, start } = main
    const insns = new Uint8Array(400_000 * INSN_SIZE)
    const long = (name: string): FunctionSpec => ({ name, section, sectionName, start, insns })
    const references = ['a', 'b', 'c'].map((name, insn) => ({
      insn: insnIndex(insn),
      kind: 'call' as const,
      target: long(name),
    }))
    const lay = (count: number): unknown =>
      layOut(spec, main, {
        referencesOf: (fn) => (fn === main ? references.slice(0, count) : []),
        budget: new LinkBudget(spec),
      })
    expect(() => lay(2)).not.toThrow()
    const error = bpfErrorOf('RELOCATION_TOO_LARGE', () => lay(3))
    expect(error.message).toContain('cannot link program main: with 4 functions')
  })
})

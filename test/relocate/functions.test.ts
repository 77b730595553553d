import { describe, expect, it } from 'vitest'
import { sectionIndex } from '../../src/base/units.ts'
import { exit, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { endOf, FunctionTable } from '../../src/relocate/functions.ts'
import { writeObject } from '../object/object_writer.ts'

const { functions } = parseObject(
  writeObject({
    programs: [
      { name: 'f', section: '.text', insns: [movImm(0, 1), movImm(0, 2), exit()] },
      { name: 'g', section: '.text' },
      { name: 'program', section: 'xdp' },
    ],
  }),
  'test.bpf.o',
)
const table = new FunctionTable(functions)
const [text, xdp] = [functions[0]!.section, functions[2]!.section]

describe('FunctionTable', () => {
  it('finds functions by their first instruction', () => {
    expect([0, 3].map((insn) => table.startingAt(text, insn)?.name)).toEqual(['f', 'g'])
    expect(table.startingAt(xdp, 0)?.name).toBe('program')
  })

  it.each([1, 2, 4, 5, -1, 2.5, Number.NaN, Infinity, 2 ** 60])('finds none that starts at %d', (insn) => {
    expect(table.startingAt(text, insn)).toBeUndefined()
  })

  it('finds none in a section that has none', () => {
    expect(table.startingAt(sectionIndex(99), 0)).toBeUndefined()
    expect(table.containing(sectionIndex(99), 0)).toBeUndefined()
  })

  it('tells which function an instruction is part of', () => {
    expect([0, 2, 3, 4, 5, -1].map((insn) => table.containing(text, insn)?.name)).toEqual([
      'f',
      'f',
      'g',
      'g',
      undefined,
      undefined,
    ])
  })

  it('gives the end of a function', () => {
    expect(functions.map((fn) => endOf(fn))).toEqual([3, 5, 2])
  })
})

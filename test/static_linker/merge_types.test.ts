import { describe, expect, it } from 'vitest'
import { exit, movImm } from '../../src/insn/assemble.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { btfOf, datasecOf, externs, link, linkerErrorOf, symbolOf, typesOf } from './link.ts'

const none: ObjectDescription = { programs: [] }
const text = { section: '.text', insns: [movImm(0, 1), exit()] }

describe('types', () => {
  it('of a global come from its definition', () => {
    const declares: ObjectDescription = {
      ...none,
      types: (b, { int }) => {
        b.addVar('table', b.addArray(int!, int!, 0), 'extern')
        return {}
      },
      extraSymbols: [{ name: 'table', binding: 1 }],
    }
    const defines: ObjectDescription = {
      ...none,
      types: (b, { int }) => ({ ints: b.addArray(int!, int!, 6) }),
      data: { '.data': [{ name: 'table', type: 'ints', bytes: new Array<number>(24).fill(0) }] },
    }
    for (const objects of [
      [declares, defines],
      [defines, declares],
    ]) {
      const elf = link(...objects)
      const [variable] = typesOf(elf, 'var')
      expect(btfOf(elf).type(variable!.type)).toMatchObject({ kind: 'array', length: 6 })
      expect(datasecOf(elf, '.data')).toEqual([['table', 0, 24]])
    }
  })

  it('of a definition without types are those of the extern, made global', () => {
    const use = { ...none, ...externs(['f'], { kind: 'func' }) }
    const elf = link(use, { programs: [{ name: 'f', ...text }], debugInfo: 'absent' })
    expect(typesOf(elf, 'func')).toMatchObject([{ name: 'f', linkage: 'global' }])
    expect(symbolOf(elf, 'f').section).toBe('.text')
  })

  it('of static variables are each object its own', () => {
    const object: ObjectDescription = {
      ...none,
      data: { '.data': [{ name: 'state', type: 'int', linkage: 'static' }] },
    }
    const elf = link(object, object)
    expect(datasecOf(elf, '.data')).toEqual([
      ['state', 0, 8],
      ['state', 8, 8],
    ])
    expect(typesOf(elf, 'var')).toHaveLength(2)
  })

  it('that refer to what is left out are refused', () => {
    const error = linkerErrorOf('LINK_BAD_TYPES', {
      ...none,
      types: (b, { int }) => {
        b.addPtr(b.addVar('gone', int!, 'global'))
        return {}
      },
    })
    expect(error.message).toMatch(/type \d+ \(ptr\) refers to type \d+, a var that is not linked/)
  })

  it('with a linkage that is none are refused', () => {
    linkerErrorOf('LINK_BAD_TYPES', {
      ...none,
      types: (b) => {
        b.addRaw({ nameOffset: b.string('x'), info: 14 << 24, sizeOrType: 1, words: [7] })
        return {}
      },
    })
  })
})

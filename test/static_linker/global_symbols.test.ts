import { describe, expect, it } from 'vitest'
import {
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STV_DEFAULT,
  STV_HIDDEN,
  STV_INTERNAL,
} from '../../src/elf/constants.ts'
import { exit, movImm } from '../../src/insn/assemble.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { datasecOf, externs, link, linkerErrorOf, placeOf, symbolOf, typesOf } from './link.ts'

const none: ObjectDescription = { programs: [] }

function func(linkage: 'global' | 'weak' | 'hidden' | 'static', result = 0): ObjectDescription {
  return { programs: [{ name: 'f', section: '.text', linkage, insns: [movImm(0, result), exit()] }] }
}

const variable = (name: string, value = 1, section = '.data'): ObjectDescription => ({
  ...none,
  data: { [section]: [{ name, type: 'int', bytes: [value, 0, 0, 0] }] },
})

const weak = (object: ObjectDescription, name: string): ObjectDescription => ({
  ...object,
  symbolLies: { [name]: { binding: STB_WEAK } },
})

describe('global symbols', () => {
  it('of an extern and its definition are one, in either order', () => {
    const use = { ...none, ...externs(['shared']) }
    for (const objects of [
      [use, variable('shared')],
      [variable('shared'), use],
    ]) {
      const elf = link(...objects)
      expect(symbolOf(elf, 'shared')).toMatchObject({ section: '.data', binding: STB_GLOBAL, size: 4 })
      expect(typesOf(elf, 'var').map(({ name, linkage }) => [name, linkage])).toEqual([['shared', 'global']])
      expect(datasecOf(elf, '.data')).toEqual([['shared', 0, 4]])
    }
  })

  it('that nobody defines stay extern, each once', () => {
    const elf = link({ ...none, ...externs(['missing']) }, { ...none, ...externs(['missing']) })
    expect(symbolOf(elf, 'missing')).toMatchObject({ section: 'undefined', binding: STB_GLOBAL })
    expect(typesOf(elf, 'var')).toMatchObject([{ name: 'missing', linkage: 'extern' }])
  })

  it('are found where the section moved them', () => {
    const elf = link(variable('one'), variable('two'))
    expect(symbolOf(elf, 'two').value).toBe(8n)
    expect(datasecOf(elf, '.data')).toEqual([
      ['one', 0, 4],
      ['two', 8, 4],
    ])
  })

  it('with two strong definitions are refused, and both objects are named', () => {
    const error = linkerErrorOf(
      'LINK_DUPLICATE_SYMBOL',
      variable('shared'),
      variable('shared', 2, '.data.two'),
    )
    expect(error).toMatchObject({ symbol: 'shared', object: 'b.o', otherObject: 'a.o' })
    expect(error.message).toContain(
      'symbol shared is defined here in section .data.two, and in a.o in section .data',
    )
  })

  it('that are weak are overridden by a strong one, in either order, and leave a hole', () => {
    const before = link(func('weak', 1), func('global', 2))
    expect(symbolOf(before, 'f')).toMatchObject({ value: 16n, binding: STB_GLOBAL })
    const behind = link(func('global', 2), func('weak', 1))
    expect(symbolOf(behind, 'f')).toMatchObject({ value: 0n, binding: STB_GLOBAL })
    expect(typesOf(before, 'func')).toHaveLength(1)
  })

  it('that are all weak are the first one, and stay weak', () => {
    expect(symbolOf(link(func('weak', 1), func('weak', 2)), 'f')).toMatchObject({
      value: 0n,
      binding: STB_WEAK,
    })
  })

  it('that are weak are not made strong by an extern that stands between them and the strong one', () => {
    const use = { ...none, ...externs(['f'], { kind: 'func' }) }
    const elf = link(func('weak', 1), use, func('global', 2))
    expect(symbolOf(elf, 'f')).toMatchObject({ value: 16n, binding: STB_GLOBAL })
  })

  it('of a weak variable leave its place in BTF as well, to another section too', () => {
    const elf = link(weak(variable('x', 1, '.data.weak'), 'x'), variable('x', 2, '.data.strong'))
    expect(symbolOf(elf, 'x').section).toBe('.data.strong')
    expect(datasecOf(elf, '.data.weak')).toEqual([])
    expect(datasecOf(elf, '.data.strong')).toEqual([['x', 0, 4]])
  })

  it('of weak externs are weak as long as nobody is strong', () => {
    const weakly = { ...none, ...externs(['f'], { kind: 'func', weak: true }) }
    const strongly = { ...none, ...externs(['f'], { kind: 'func' }) }
    expect(symbolOf(link(weakly, weakly), 'f').binding).toBe(STB_WEAK)
    expect(symbolOf(link(weakly, strongly), 'f').binding).toBe(STB_GLOBAL)
    expect(symbolOf(link(strongly, weakly), 'f').binding).toBe(STB_GLOBAL)
  })

  it('that one object hides are hidden', () => {
    const use = { ...none, ...externs(['f'], { kind: 'func' }) }
    expect(symbolOf(link(use, func('hidden')), 'f').visibility).toBe(STV_HIDDEN)
    expect(symbolOf(link(func('hidden'), use), 'f').visibility).toBe(STV_HIDDEN)
    expect(symbolOf(link(func('global'), use), 'f').visibility).toBe(STV_DEFAULT)
  })

  it('do not mix with static ones of the same name', () => {
    const elf = link(func('static', 1), func('static', 2), func('global', 3))
    const symbols = elf.symbols.filter(({ name }) => name === 'f')
    expect(symbols.map(({ binding, value }) => [binding, value])).toEqual([
      [STB_LOCAL, 0n],
      [STB_LOCAL, 16n],
      [STB_GLOBAL, 32n],
    ])
    expect(symbols.map((symbol) => placeOf(elf, symbol))).toEqual(['.text', '.text', '.text'])
  })

  it('of jump tables, which have the same names in all objects, are kept apart', () => {
    const table: ObjectDescription = {
      ...none,
      extraSections: [{ name: '.jumptables', data: new Uint8Array(16) }],
      extraSymbols: [{ name: 'BPF.JT.0.0', section: '.jumptables', binding: STB_GLOBAL, type: 1, size: 16n }],
    }
    const symbols = link(table, table).symbols.filter(({ name }) => name === 'BPF.JT.0.0')
    expect(symbols.map(({ value }) => value)).toEqual([0n, 16n])
  })

  it('that an object has twice are refused', () => {
    const twice = {
      ...variable('x'),
      extraSymbols: [{ name: 'x', section: '.data', binding: STB_GLOBAL, type: 1 }],
    }
    linkerErrorOf('LINK_DUPLICATE_SYMBOL', twice)
  })

  it('of one license are one', () => {
    const licensed: ObjectDescription = {
      ...none,
      license: 'none',
      data: { license: [{ name: '_license', type: 'u64', bytes: [71, 0, 0, 0, 0, 0, 0, 0] }] },
    }
    const elf = link(licensed, licensed)
    expect(symbolOf(elf, '_license').section).toBe('license')
    expect(datasecOf(elf, 'license')).toEqual([['_license', 0, 8]])
  })

  it.each([
    ['a binding that BPF does not know', { binding: 10 }],
    ['a visibility that BPF does not know', { visibility: STV_INTERNAL }],
    ['no section', { section: 0xfff2 }],
    ['its end behind its section', { size: 5000n }],
  ])('with %s are refused', (_, lie) => {
    const error = linkerErrorOf('LINK_BAD_SYMBOL', { ...variable('x'), symbolLies: { x: lie } })
    expect(error).toMatchObject({ symbol: 'x', object: 'a.o' })
  })

  it('that are extern and have a type are refused', () => {
    const symbols = [{ name: 'x', binding: STB_GLOBAL, type: 2 }]
    linkerErrorOf('LINK_BAD_SYMBOL', { ...none, extraSymbols: symbols })
  })
})

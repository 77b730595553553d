import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { fixupDatasecs, type DatasecLayout } from '../../src/btf/fixup_datasecs.ts'
import { addBasics, built } from './build.ts'

const layout =
  (sections: Record<string, { size: number; symbols: Record<string, number> }>) =>
  (name: string): DatasecLayout | undefined => {
    const section = sections[name]
    return section && { size: section.size, offsetOf: (variable) => section.symbols[variable] }
  }

describe.each(['clang14', 'clang19', 'clang19-big'])('the datasecs of %s', (compiler) => {
  const bytes = readFileSync(new URL(`../fixtures/btf/${compiler}.btf`, import.meta.url))
  const btf = Btf.parse(bytes, { name: compiler })

  it('get size and offsets from ELF, in the order of offsets', () => {
    const before = new Uint8Array(bytes)
    const fixed = fixupDatasecs(
      btf,
      layout({ '.data.ratio': { size: 16, symbols: { ratio: 8, precise: 0 } } }),
    )
    const after = Btf.parse(fixed, { name: compiler })
    const section = after.find('.data.ratio', 'datasec')!
    expect(section.size).toBe(16)
    expect(section.variables.map(({ type, offset, size }) => [after.nameOf(type), offset, size])).toEqual([
      ['precise', 0, 8],
      ['ratio', 8, 4],
    ])
    expect(after.find('.data', 'datasec')).toEqual(btf.find('.data', 'datasec'))
    expect(after.typeCount).toBe(btf.typeCount)
    expect(new Uint8Array(bytes)).toEqual(before)
  })
})

describe('a datasec', () => {
  const section = (size: number) =>
    built((b) => {
      const { u32 } = addBasics(b)
      const vars = [
        b.addVar('hidden', u32, 'static'),
        b.addVar('seen', u32, 'global'),
        b.addVar('lost', u32, 'global'),
      ]
      return b.addDatasec(
        '.bss',
        size,
        vars.map((type, index) => ({ type, offset: 12 - index * 4, size: 4 })),
      )
    }).btf
  const fix = (btf: Btf) =>
    Btf.parse(fixupDatasecs(btf, layout({ '.bss': { size: 64, symbols: { hidden: 40, seen: 20 } } })), {
      name: 'fixed',
    })

  it('keeps the offsets of static variables and of those that have no symbol', () => {
    const fixed = fix(section(0))
    const { size, variables } = fixed.find('.bss', 'datasec')!
    expect(size).toBe(64)
    expect(variables.map(({ type, offset }) => [fixed.nameOf(type), offset])).toEqual([
      ['lost', 4],
      ['hidden', 12],
      ['seen', 20],
    ])
  })

  it('that has a size already is only sorted', () => {
    const { size, variables } = fix(section(16)).find('.bss', 'datasec')!
    expect([size, ...variables.map(({ offset }) => offset)]).toEqual([16, 4, 8, 12])
  })
})

import { describe, expect, it } from 'vitest'
import { byteOffset, typeId } from '../../src/base/units.ts'
import type { GlobalVariable } from '../../src/object/globals.ts'
import { nameVariables } from '../../src/object/variable_names.ts'

function variable(
  name: string,
  sectionName: string,
  offset: number,
  linkage: 'static' | 'global' = 'static',
): GlobalVariable {
  return { name, sectionName, offset: byteOffset(offset), size: 4, type: typeId(1), linkage }
}

describe('nameVariables', () => {
  it('calls variables by their names alone where no two have the same', () => {
    const [a, b] = [variable('a', '.bss', 0), variable('b', '.data', 0, 'global')]
    const { shortest, longer, ambiguous } = nameVariables([a, b])
    expect([...shortest]).toEqual([
      ['a', a],
      ['b', b],
    ])
    expect(longer.get('.bss/a')).toBe(a)
    expect(longer.get('.data/b@0')).toBe(b)
    expect(ambiguous.size).toBe(0)
  })

  it('adds the section where static variables have one name, and the place where sections do not tell', () => {
    const variables = [
      variable('count', '.data', 8),
      variable('count', '.bss', 0),
      variable('count', '.bss', 16),
    ]
    const { shortest, longer, ambiguous } = nameVariables(variables)
    expect([...shortest.keys()]).toEqual(['.data/count', '.bss/count@0', '.bss/count@16'])
    expect([...shortest.values()]).toEqual(variables)
    expect(longer.has('count')).toBe(false)
    expect(longer.get('.data/count@8')).toBe(variables[0])
    expect([...ambiguous]).toEqual([
      ['count', ['.data/count', '.bss/count@0', '.bss/count@16']],
      ['.bss/count', ['.bss/count@0', '.bss/count@16']],
    ])
  })

  it('gives a global variable its name, and static ones of that name longer ones', () => {
    const global = variable('count', '.bss', 0, 'global')
    const hidden = variable('count', '.bss', 8)
    for (const variables of [
      [global, hidden],
      [hidden, global],
    ]) {
      const { shortest, ambiguous } = nameVariables(variables)
      expect(shortest.get('count')).toBe(global)
      expect(shortest.get('.bss/count@8')).toBe(hidden)
      expect([...ambiguous.keys()]).toEqual(['.bss/count'])
    }
  })

  it('says of two global variables of one name that the name is ambiguous', () => {
    const two = [variable('a', '.bss', 0, 'global'), variable('a', '.data', 0, 'global')]
    expect(nameVariables(two).ambiguous.get('a')).toEqual(['.bss/a', '.data/a'])
  })
})

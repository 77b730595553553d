import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { btfOf, datasecOf, externs, link, sectionOf, symbolOf, typesOf } from './link.ts'

const none: ObjectDescription = { programs: [] }

describe('DATASECs', () => {
  it('have the size of the section, also where the object that speaks of it is another', () => {
    const bytes = new Array<number>(8).fill(1)
    const data = { '.data': [{ name: 'x', type: 'u64', bytes }] }
    const plain: ObjectDescription = {
      ...none,
      data: { '.data': [{ name: 'y', type: 'u64', bytes }] },
      debugInfo: 'absent',
    }
    const elf = link({ ...none, data }, plain)
    expect(typesOf(elf, 'datasec')).toMatchObject([{ name: '.data', size: 16 }])
    expect(sectionOf(elf, '.data').size).toBe(16)
  })

  it('of externs that the kernel provides list each one once, and stand last', () => {
    const asks = (...names: string[]): ObjectDescription => ({
      ...none,
      data: { '.bss': [{ name: `own_${names.join('')}`, type: 'u64' }] },
      ...externs(names, { section: '.kconfig' }),
    })
    const elf = link(asks('A', 'B'), asks('B', 'C'))
    expect(datasecOf(elf, '.kconfig').map(([name]) => name)).toEqual(['A', 'B', 'C'])
    expect(typesOf(elf, 'datasec').map(({ name }) => name)).toEqual(['.bss', '.kconfig'])
  })

  it('are in the order of places', () => {
    const elf = link(
      { ...none, data: { '.data': [{ name: 'a', type: 'int' }] } },
      {
        ...none,
        data: {
          '.data': [
            { name: 'b', type: 'int' },
            { name: 'c', type: 'int', linkage: 'static' },
          ],
        },
      },
    )
    expect(datasecOf(elf, '.data').map(([name, offset]) => [name, offset])).toEqual([
      ['a', 0],
      ['b', 8],
      ['c', 16],
    ])
    expect(btfOf(elf).kind(typeId(btfOf(elf).typeCount))).toBe('datasec')
  })

  it('of a map that another object defines put it where it is', () => {
    const map = (name: string): NonNullable<ObjectDescription['maps']>[number] => ({
      name,
      uints: { type: 2, max_entries: 1 },
      types: { key: 'u32', value: 'u64' },
    })
    const defines: ObjectDescription = { ...none, maps: [map('before'), map('counts')] }
    const declares: ObjectDescription = {
      ...none,
      maps: [map('counts')],
      symbolLies: { counts: { section: 0, type: 0, size: 0n, value: 0n } },
      extraSections: [],
    }
    const elf = link(declares, defines)
    expect(datasecOf(elf, '.maps').map(([name]) => name)).toEqual(['before', 'counts'])
    const place = datasecOf(elf, '.maps').find(([name]) => name === 'counts')?.[1]
    expect(BigInt(place!)).toBe(symbolOf(elf, 'counts').value)
  })
})

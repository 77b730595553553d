import { expect, test } from 'vitest'
import { sectionIndex } from '../../src/base/units.ts'
import { SHN_ABS, SHT_RELA } from '../../src/elf/constants.ts'
import { relocationsFor, sectionNamed, symbolsIn } from '../../src/elf/lookup.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { emptyInsns, writeElf } from './elf_writer.ts'

const entry = { symbol: 'a', type: 1 }
const elf = parseElf(
  writeElf({
    sections: [
      { name: '.text', data: emptyInsns(4) },
      { name: '.data', data: emptyInsns(1) },
      { name: '.text', data: emptyInsns(1) },
    ],
    symbols: [
      { name: 'a', section: '.text' },
      { name: 'b', section: '.data' },
      { name: 'c', section: '.text' },
      { name: 'd', section: SHN_ABS },
      { name: 'e' },
    ],
    relocations: [
      { target: '.text', entries: [{ ...entry, offset: 8 }] },
      { target: '.data', entries: [{ ...entry, offset: 0 }] },
      { target: '.text', type: SHT_RELA, entries: [{ ...entry, offset: 16 }] },
    ],
  }),
  'x',
)

test('The first section of a name is found, and no section of a name that is not there', () => {
  expect(sectionNamed(elf, '.text')?.index).toBe(1)
  expect(sectionNamed(elf, '.maps')).toBeUndefined()
})

test('The relocations of a section come from all sections that apply to it', () => {
  expect(relocationsFor(elf, sectionIndex(1)).map(({ offset }) => offset)).toEqual([8, 16])
  expect(relocationsFor(elf, sectionIndex(2)).map(({ offset }) => offset)).toEqual([0])
  expect(relocationsFor(elf, sectionIndex(3))).toEqual([])
})

test('The symbols of a section are those that it defines', () => {
  expect(symbolsIn(elf, sectionIndex(1)).map(({ name }) => name)).toEqual(['a', 'c'])
  expect(symbolsIn(elf, sectionIndex(3))).toEqual([])
})

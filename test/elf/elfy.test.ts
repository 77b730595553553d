import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elfyHeader, elfySections } from '../../src/elf/elfy.ts'
import { writeElf } from './elf_writer.ts'

test('elfy reads what it is asked for in both classes and byte orders', () => {
  for (const elfClass of [32, 64] as const) {
    for (const endianness of ['little', 'big'] as const) {
      const bytes = writeElf({ class: elfClass, endianness, flags: 7, sections: [{ name: '.a', info: 5 }] })
      const header = elfyHeader(bytes)
      expect(header).toMatchObject({ flags: 7, shnum: 3, shstrndx: 2, ehsize: elfClass === 64 ? 64 : 52 })
      expect(elfySections(bytes, header, 3)[1]).toMatchObject({ name: 1, info: 5, link: 0, size: 0 })
    }
  }
})

test('The number of sections is the caller’s, not the header’s', () => {
  const bytes = writeElf({ header: { shnum: 0 } })
  expect(elfySections(bytes, elfyHeader(bytes), 2)).toHaveLength(2)
})

test('No other file imports elfy', () => {
  const src = join(import.meta.dirname, '../../src')
  const importers = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .filter((file) => readFileSync(join(src, file), 'utf8').includes("from 'elfy'"))
  expect(importers).toEqual([join('elf', 'elfy.ts')])
})

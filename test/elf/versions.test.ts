import { expect, test } from 'vitest'
import { ET_DYN, SHT_GNU_VERDEF, SHT_GNU_VERNEED } from '../../src/elf/constants.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import { type SectionDescription, writeElf } from './elf_writer.ts'
import { dynamicTable } from './symbol_tables.ts'

const HIDDEN = 0x8000

const symbols = [
  { name: 'read', version: 2 | HIDDEN, value: 8n },
  { name: 'read', version: 3, value: 16n },
  { name: 'write', value: 24n },
  { name: 'stat', version: 4, value: 32n },
  { name: 'open', version: 9, value: 40n },
]
const versions = {
  defined: [
    { number: 1, name: 'libx.so' },
    { number: 2, name: 'V1' },
    { number: 3, name: 'V2' },
  ],
  needed: [
    { number: 4, name: 'GLIBC_2.4' },
    { number: 5, name: 'GLIBC_2.5' },
  ],
}

/** What the versions of functions called `name` are. */
function versionsOf(sections: readonly SectionDescription[], name: string): unknown {
  const functions = parseElfImage(writeElf({ type: ET_DYN, sections }), 'x').functions('dynamic')
  return functions?.named(name).map(({ version }) => version)
}

test('Dynamic symbols have the versions that the file defines or needs, the old ones hidden', () => {
  const sections = dynamicTable(symbols, versions)
  expect(versionsOf(sections, 'read')).toEqual([
    { name: 'V1', visibility: 'hidden' },
    { name: 'V2', visibility: 'default' },
  ])
  expect(versionsOf(sections, 'stat')).toEqual([{ name: 'GLIBC_2.4', visibility: 'default' }])
})

test('A number that no table has is no version', () => {
  expect(versionsOf(dynamicTable(symbols, versions), 'open')).toEqual([undefined])
})

test('A file without versions has none', () => {
  const sections = dynamicTable(symbols).filter(({ name }) => !name.startsWith('.gnu'))
  expect(versionsOf(sections, 'read')).toEqual([undefined, undefined])
})

/** The sections, with another in the place of one of them. */
function replaced(name: string, change: Partial<SectionDescription>): readonly SectionDescription[] {
  return dynamicTable(symbols, versions).map((each) => (each.name === name ? { ...each, ...change } : each))
}

test('Too few versions are refused when one is missing', () => {
  const sections = replaced('.gnu.version', { data: new Uint8Array(4) })
  expect(() => versionsOf(sections, 'read')).toThrow(expect.objectContaining({ code: 'ELF_TRUNCATED' }))
})

test('Names of versions that are in no string table are refused', () => {
  const sections = replaced('.gnu.version_d', { link: '.dynsym' })
  expect(() => versionsOf(sections, 'read')).toThrow(expect.objectContaining({ code: 'ELF_BAD_LINK' }))
})

test('A name outside of the string table is refused', () => {
  const data = new Uint8Array(28)
  // vd_aux is 20, and the name that is there is far away.
  data.set([20, 0, 0, 0], 12)
  data.set([0xff, 0xff, 0xff, 0], 20)
  const sections = replaced('.gnu.version_d', { data })
  expect(() => versionsOf(sections, 'read')).toThrow(expect.objectContaining({ code: 'ELF_BAD_STRING' }))
})

test('A definition that points outside of its section is refused', () => {
  const data = new Uint8Array(20)
  data.set([0xff, 0xff, 0xff, 0xff], 12)
  const sections = replaced('.gnu.version_d', { data, type: SHT_GNU_VERDEF })
  expect(() => versionsOf(sections, 'read')).toThrow(expect.objectContaining({ code: 'ELF_TRUNCATED' }))
})

test('Versions that say they are many more than there are bytes for are refused', () => {
  const data = new Uint8Array(32)
  // 65,535 parts from byte 16 on, each its own next one.
  data.set([1, 0, 0xff, 0xff, 0, 0, 0, 0, 16, 0, 0, 0], 0)
  const sections = replaced('.gnu.version_r', { data, type: SHT_GNU_VERNEED })
  expect(() => versionsOf(sections, 'read')).toThrow(expect.objectContaining({ code: 'ELF_TOO_LARGE' }))
})

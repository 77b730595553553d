import { describe, expect, it, test } from 'vitest'
import {
  ET_DYN,
  SHN_UNDEF,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STB_LOCAL,
  STT_FUNC,
  STT_GNU_IFUNC,
  STT_OBJECT,
} from '../../src/elf/constants.ts'
import type { FunctionSymbols } from '../../src/elf/function_symbols.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import { writeElf } from './elf_writer.ts'
import { staticTable, type TableSymbol } from './symbol_tables.ts'

function functionsOf(symbols: readonly TableSymbol[]): FunctionSymbols {
  const sections = staticTable(symbols)
  const functions = parseElfImage(writeElf({ type: ET_DYN, sections }), 'x').functions('static')
  return functions ?? expect.fail('no table')
}

describe('FunctionSymbols', () => {
  it('finds a function by its whole name', () => {
    const functions = functionsOf([
      { name: 'read', value: 16n, size: 8n, binding: STB_LOCAL },
      { name: 'readv', value: 32n },
      { name: 'rea', value: 48n },
    ])
    expect(functions.named('read')).toEqual([
      { name: 'read', address: 16n, size: 8n, binding: STB_LOCAL, version: undefined },
    ])
    expect(functions.named('readd')).toEqual([])
  })

  it('finds versions of a function, which are part of the name', () => {
    const functions = functionsOf([{ name: 'read@V1' }, { name: 'read@@V2' }, { name: 'reads@V1' }])
    expect(functions.named('read').map(({ name }) => name)).toEqual(['read@V1', 'read@@V2'])
  })

  it('passes over what is no function, what other files define, and IFUNCs, which it knows to be there', () => {
    const functions = functionsOf([
      { name: 'read', type: STT_OBJECT },
      { name: 'read', section: SHN_UNDEF },
      { name: 'read', type: STT_GNU_IFUNC },
    ])
    expect(functions.named('read')).toEqual([])
    expect(functions.names()).toEqual([])
    expect(functions.hasIndirect('read')).toBe(true)
    expect(functions.hasIndirect('write')).toBe(false)
  })

  it('finds the function that covers an address, however the table is ordered', () => {
    const functions = functionsOf([
      { name: 'last', value: 64n, size: 0n },
      { name: 'local', value: 16n, size: 8n, binding: STB_LOCAL },
      { name: 'first', value: 16n, size: 8n },
      { name: 'alias', value: 16n, size: 8n },
      { name: 'short', value: 32n, size: 2n },
    ])
    const at = (address: bigint): string | undefined => functions.covering(address)?.name
    expect([16n, 23n, 33n, 64n, 1000n].map(at)).toEqual(['first', 'first', 'short', 'last', 'last'])
    expect([0n, 15n, 24n, 34n, 63n].map(at)).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  it('gives those whose names are wanted', () => {
    const functions = functionsOf([{ name: 'a1' }, { name: 'b1', value: 4n }, { name: 'b2', value: 8n }])
    const found = functions.filter((name) => name.startsWith('b'))
    expect(found.map(({ name, address }) => [name, address])).toEqual([
      ['b1', 4n],
      ['b2', 8n],
    ])
  })

  it('finds names that are no ASCII', () => {
    expect(functionsOf([{ name: 'größe' }]).named('größe')).toHaveLength(1)
  })
})

test.each([
  { class: 64, endianness: 'little' },
  { class: 64, endianness: 'big' },
  { class: 32, endianness: 'little' },
  { class: 32, endianness: 'big' },
] as const)('Functions of an ELF$class $endianness-endian file are found', (layout) => {
  const description = {
    ...layout,
    type: ET_DYN,
    sections: [{ name: '.text', data: new Uint8Array(32) }],
    symbols: [{ name: 'main', section: '.text', type: STT_FUNC, binding: STB_GLOBAL, value: 8n, size: 24n }],
  }
  expect(parseElfImage(writeElf(description), 'x').functions('static')?.named('main')).toEqual([
    { name: 'main', address: 8n, size: 24n, binding: STB_GLOBAL, version: undefined },
  ])
})

describe('a malformed symbol table', () => {
  const names = { name: '.names', type: SHT_STRTAB, data: Uint8Array.of(0, 0x61, 0x62) }
  const functionAt = (nameOffset: number): Uint8Array => {
    const entry = new Uint8Array(24)
    entry.set([nameOffset & 0xff, nameOffset >> 8, 0, 0, STT_FUNC, 0, 0xf1, 0xff])
    return entry
  }
  const tableOf = (data: Uint8Array, rest = {}): (() => FunctionSymbols | undefined) => {
    const symbols = { name: '.symbols', type: SHT_SYMTAB, data, link: '.names', entrySize: 24, ...rest }
    const image = parseElfImage(writeElf({ sections: [names, symbols] }), 'x')
    return () => image.functions('static')
  }

  it.each([
    ['entries of another size', { entrySize: 16 }, 'ELF_BAD_SIZE'],
    ['half an entry', { data: new Uint8Array(36) }, 'ELF_BAD_SIZE'],
    ['no string table', { link: 0 }, 'ELF_BAD_LINK'],
  ])('with %s is refused', (_, rest, code) => {
    expect(tableOf(new Uint8Array(24), rest)).toThrow(expect.objectContaining({ code }))
  })

  it('whose names lie outside of the string table or do not end is refused when they are read', () => {
    for (const offset of [1, 4, 0xffff]) {
      const functions = tableOf(functionAt(offset))()
      expect(() => functions?.names()).toThrow(expect.objectContaining({ code: 'ELF_BAD_STRING' }))
      expect(functions?.named('ab')).toEqual([])
    }
  })
})

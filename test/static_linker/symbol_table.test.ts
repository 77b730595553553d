import { describe, expect, it } from 'vitest'
import { SHN_ABS, SHN_COMMON, STB_GLOBAL, STB_LOCAL, STT_FILE, STT_OBJECT } from '../../src/elf/constants.ts'
import type { SymbolDescription } from '../elf/elf_writer.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { link, linkerErrorOf } from './link.ts'

const withSymbols = (...extraSymbols: readonly SymbolDescription[]): ObjectDescription => ({
  programs: [],
  extraSections: [{ name: '.data', data: new Uint8Array(8) }],
  extraSymbols,
})

const local = { section: '.data', type: STT_OBJECT, binding: STB_LOCAL, size: 4n }

describe('the symbol table', () => {
  it('has local symbols of all objects first, then global ones', () => {
    const object = (name: string): ObjectDescription =>
      withSymbols(
        { ...local, name: `global_${name}`, binding: STB_GLOBAL },
        { ...local, name: 'local', value: 4n },
      )
    expect(link(object('a'), object('b')).symbols.map(({ name, value }) => [name, value])).toEqual([
      ['', 0n],
      ['local', 4n],
      ['local', 12n],
      ['global_a', 0n],
      ['global_b', 8n],
    ])
  })

  it('keeps names of files, which are in no section', () => {
    const file = { name: 'a.c', section: SHN_ABS, type: STT_FILE, binding: STB_LOCAL }
    expect(link(withSymbols(file)).symbols[1]).toMatchObject({ name: 'a.c', definedIn: { kind: 'absolute' } })
  })

  it('refuses local symbols that are nowhere', () => {
    linkerErrorOf('LINK_BAD_SYMBOL', withSymbols({ ...local, name: 'x', section: SHN_COMMON }))
    linkerErrorOf('LINK_BAD_SYMBOL', withSymbols({ ...local, name: 'x', section: 0 }))
  })
})

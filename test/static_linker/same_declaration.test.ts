import { describe, expect, it } from 'vitest'
import { STB_WEAK } from '../../src/elf/constants.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { externs, link, linkerErrorOf, symbolOf } from './link.ts'

const none: ObjectDescription = { programs: [] }
const defines: ObjectDescription = {
  ...none,
  data: { '.data': [{ name: 'shared', type: 'int', bytes: [1, 0, 0, 0] }] },
}
const map = (max_entries: number, value = 'u64', flags = 0): ObjectDescription => ({
  ...none,
  maps: [{ name: 'counts', uints: { type: 1, max_entries, map_flags: flags }, types: { key: 'u32', value } }],
  symbolLies: { counts: { binding: STB_WEAK } },
})

describe('declarations of one symbol', () => {
  it('with other types are refused, and both are shown in C', () => {
    const error = linkerErrorOf('LINK_TYPE_MISMATCH', defines, {
      ...none,
      ...externs(['shared'], { type: 'u64' }),
    })
    expect(error).toMatchObject({ symbol: 'shared', object: 'b.o', otherObject: 'a.o' })
    expect(error.message).toContain("shared is 'unsigned long long shared', and in a.o 'int shared'")
    expect(error.message).toContain('(bytes of int int: 8 instead of 4)')
  })

  it('as a variable and as a function are refused', () => {
    linkerErrorOf('LINK_TYPE_MISMATCH', defines, { ...none, ...externs(['shared'], { kind: 'func' }) })
  })

  it('that ask it of the kernel and of an object are refused', () => {
    const error = linkerErrorOf('LINK_SECTION_MISMATCH', defines, {
      ...none,
      ...externs(['shared'], { section: '.ksyms' }),
    })
    expect(error.message).toContain(
      'shared is what the kernel provides (.ksyms), and in a.o in section .data',
    )
  })

  it('that ask it of two places in the kernel are refused', () => {
    const asks = (section: string): ObjectDescription => ({ ...none, ...externs(['shared'], { section }) })
    linkerErrorOf('LINK_SECTION_MISMATCH', asks('.ksyms'), asks('.kconfig'))
  })

  it('are not compared where an object has no types, but sizes are', () => {
    const plain: ObjectDescription = {
      ...defines,
      debugInfo: 'absent',
      symbolLies: { shared: { binding: STB_WEAK } },
    }
    expect(symbolOf(link(defines, plain), 'shared').section).toBe('.data')
    const longer = { ...plain, symbolLies: { shared: { binding: STB_WEAK, size: 8n } } }
    expect(linkerErrorOf('LINK_SIZE_MISMATCH', defines, longer).message).toContain(
      'shared has 8 bytes, and in a.o 4',
    )
  })
})

describe('definitions of one map', () => {
  it('that agree are one', () => {
    expect(symbolOf(link(map(8), map(8)), 'counts').section).toBe('.maps')
  })

  it('that differ in a number are refused, with the attribute and both values', () => {
    const error = linkerErrorOf('LINK_MAP_MISMATCH', map(8), map(16))
    expect(error.message).toContain('b.o: cannot link it with a.o: counts has max_entries 16, and in a.o 8')
    expect(linkerErrorOf('LINK_MAP_MISMATCH', map(8), map(8, 'u64', 1)).message).toContain(
      'map_flags 1, and in a.o 0',
    )
  })

  it('that differ in their types are refused', () => {
    expect(linkerErrorOf('LINK_MAP_MISMATCH', map(8), map(8, 'u32')).message).toContain(
      'value_size 4, and in a.o 8',
    )
  })

  it('against a variable that is no map are refused', () => {
    const variable = { ...none, data: { '.data': [{ name: 'counts', type: 'int' }] } }
    linkerErrorOf('LINK_SECTION_MISMATCH', map(8), variable)
  })
})

import { describe, expect, it } from 'vitest'
import { SHF_EXECINSTR } from '../../src/elf/constants.ts'
import { isDebugSection, readInput } from '../../src/static_linker/input_object.ts'
import { type SectionDescription, writeElf } from '../elf/elf_writer.ts'
import { writeObject } from '../object/object_writer.ts'
import { linkerErrorOf } from './link.ts'

const withSection = (section: SectionDescription): Uint8Array => writeElf({ sections: [section] })

describe('readInput', () => {
  it('takes code and data, and not what is written anew', () => {
    const bytes = writeObject({ data: { '.data': [{ name: 'x', type: 'u32' }] } })
    const input = readInput({ name: 'a.o', bytes })
    expect(input.contents.map(({ name }) => name)).toEqual([
      'tp/sched/sched_process_exec',
      'license',
      '.data',
    ])
    expect([...input.declarations.keys()]).toEqual(['x', 'program'])
    expect(input.datasecs.map(({ name }) => name)).toEqual(['.data'])
  })

  it('refuses sections of types that BPF objects do not have', () => {
    const error = linkerErrorOf('LINK_BAD_SECTION', withSection({ name: '.notes', type: 7 }))
    expect(error.message).toContain('section 1 (.notes), whose type 7')
    expect(error.section).toBe('.notes')
  })

  it('refuses a section without a name', () => {
    linkerErrorOf('LINK_BAD_SECTION', withSection({ name: '' }))
  })

  it.each([3, 2 ** 21, 0xffff_ffff])('refuses an alignment of %d', (alignment) => {
    linkerErrorOf('LINK_BAD_SECTION', withSection({ name: '.data', alignment }))
  })

  it('refuses half an instruction', () => {
    const section = { name: 'socket', flags: SHF_EXECINSTR, data: new Uint8Array(12) }
    linkerErrorOf('LINK_BAD_SECTION', withSection(section))
  })

  it('refuses sections that share bytes, of which a small file can have many', () => {
    const names = Array.from({ length: 40 }, (_, index) => `.data.${index}`)
    const shared = { offset: 64n, size: 4000n }
    const bytes = writeElf({
      sections: [{ name: '.data', data: new Uint8Array(4000) }, ...names.map((name) => ({ name }))],
      headers: Object.fromEntries(names.map((name) => [name, shared])),
    })
    linkerErrorOf('LINK_TOO_LARGE', bytes)
  })
})

describe('isDebugSection', () => {
  it('knows DWARF and its relocations by their names', () => {
    expect(['.debug_info', '.rel.debug_line', '.rela.debug_str'].every(isDebugSection)).toBe(true)
    expect(['.data', '.rel.text', 'debug_info'].some(isDebugSection)).toBe(false)
  })
})

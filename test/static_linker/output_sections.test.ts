import { describe, expect, it } from 'vitest'
import { SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS } from '../../src/elf/constants.ts'
import { type SectionDescription, writeElf } from '../elf/elf_writer.ts'
import { link, linkerErrorOf, sectionOf } from './link.ts'

const object = (...sections: readonly SectionDescription[]): Uint8Array => writeElf({ sections })
const data = (...bytes: number[]): Partial<SectionDescription> => ({ data: Uint8Array.from(bytes) })

describe('sections', () => {
  it('of one name follow each other, each at its alignment', () => {
    const elf = link(
      object({ name: '.data', alignment: 1, ...data(1, 2, 3) }),
      object({ name: '.data', alignment: 4, ...data(4, 5) }),
      object({ name: '.data', alignment: 1, ...data(6) }),
    )
    const section = sectionOf(elf, '.data')
    // The third one is at a multiple of 4 too: libbpf aligns to the strictest so far.
    expect([...section.data]).toEqual([1, 2, 3, 0, 4, 5, 0, 0, 6])
    expect(section.alignment).toBe(4)
  })

  it('of one name in one object follow each other as well', () => {
    const elf = link(object({ name: 'x', alignment: 1, ...data(1) }, { name: 'x', alignment: 1, ...data(2) }))
    expect([...sectionOf(elf, 'x').data]).toEqual([1, 2])
  })

  it('come in the order in which their names come up', () => {
    const elf = link(
      object({ name: 'b', ...data(1) }, { name: 'a', ...data(1) }),
      object({ name: 'c', ...data(1) }, { name: 'a', ...data(1) }),
    )
    expect(elf.sections.slice(3).map(({ name }) => name)).toEqual(['b', 'a', 'c'])
  })

  it('without bytes only add up their sizes', () => {
    const bss = (size: number): SectionDescription => ({ name: '.bss', type: SHT_NOBITS, size, alignment: 8 })
    expect(sectionOf(link(object(bss(5)), object(bss(0x1000_0000))), '.bss')).toMatchObject({
      type: SHT_NOBITS,
      size: 8 + 0x1000_0000,
    })
  })

  it('with instructions are aligned to these, whatever the file says', () => {
    const code = { name: 'socket', flags: SHF_ALLOC | SHF_EXECINSTR, alignment: 1, data: new Uint8Array(8) }
    expect(sectionOf(link(object(code), object(code)), 'socket')).toMatchObject({ size: 16, alignment: 8 })
  })

  it('license and version are there once', () => {
    const one = object({ name: 'license', ...data(71, 0) }, { name: 'version', ...data(1, 2, 3, 4) })
    const elf = link(one, one)
    expect([...sectionOf(elf, 'license').data]).toEqual([71, 0])
    expect([...sectionOf(elf, 'version').data]).toEqual([1, 2, 3, 4])
  })

  it('that say different licenses are refused, and both are told', () => {
    const licensed = (text: string): Uint8Array => object({ name: 'license', data: Buffer.from(`${text}\0`) })
    const error = linkerErrorOf('LINK_LICENSE_MISMATCH', licensed('GPL'), licensed('MIT'))
    expect(error.message).toContain('b.o: cannot link section license: it says "MIT", and in a.o "GPL"')
    expect(error).toMatchObject({ object: 'b.o', otherObject: 'a.o', section: 'license' })
    linkerErrorOf(
      'LINK_LICENSE_MISMATCH',
      object({ name: 'version', ...data(1) }),
      object({ name: 'version', ...data(2) }),
    )
  })

  it.each([
    ['type', { type: SHT_NOBITS, size: 4 }],
    ['flags', { flags: SHF_WRITE }],
    ['entry size', { entrySize: 4 }],
  ])('of one name and another %s are refused', (what, other) => {
    const section = { name: 'x', flags: SHF_ALLOC, ...data(1) }
    const error = linkerErrorOf('LINK_SECTION_MISMATCH', object(section), object({ ...section, ...other }))
    expect(error.message).toContain(`cannot link section x: it has ${what}`)
  })

  it('cannot make a small file ask for gigabytes', () => {
    const aligned = { name: '.data', alignment: 1 << 20, ...data(1) }
    linkerErrorOf('LINK_TOO_LARGE', object(...new Array<SectionDescription>(30).fill(aligned)))
    const huge = object({ name: '.bss', type: SHT_NOBITS, size: 0xffff_ffff })
    linkerErrorOf('LINK_TOO_LARGE', huge, huge)
  })
})

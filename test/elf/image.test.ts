import { describe, expect, it } from 'vitest'
import { EM_AARCH64, EM_X86_64, ET_DYN, ET_EXEC } from '../../src/elf/constants.ts'
import { ElfError } from '../../src/elf/elf_error.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import { fixtureImage } from '../executable/fixture.ts'
import { writeElf } from './elf_writer.ts'

describe('parseElfImage', () => {
  it.each([
    ['probes.x64', ET_EXEC, EM_X86_64],
    ['probes-pie.x64', ET_DYN, EM_X86_64],
    ['libprobes.x64.so', ET_DYN, EM_X86_64],
    ['probes.arm64', ET_EXEC, EM_AARCH64],
    ['probes-pie.arm64', ET_DYN, EM_AARCH64],
    ['libprobes.arm64.so', ET_DYN, EM_AARCH64],
  ])('reads %s', (file, type, machine) => {
    const image = fixtureImage(file)
    expect(image).toMatchObject({ name: file, class: 64, endianness: 'little', type, machine })
    expect(image.functions('static')?.named('fixture_double')).toHaveLength(1)
    expect(image.notes('.note.gnu.build-id')).toMatchObject([{ name: 'GNU', type: 3 }])
  })

  it('has no functions of a table that is not there', () => {
    const stripped = fixtureImage('libprobes-stripped.x64.so')
    expect(stripped.functions('static')).toBeUndefined()
    expect(stripped.functions('dynamic')).toBeDefined()
    const image = parseElfImage(writeElf(), 'x')
    expect([image.functions('static'), image.functions('dynamic')]).toEqual([undefined, undefined])
  })

  it('says what is no ELF file', () => {
    const parse = (): unknown => parseElfImage(new TextEncoder().encode('#!/bin/sh\n'.repeat(9)), 'script')
    expect(parse).toThrow(ElfError)
    expect(parse).toThrow(/^script: this is no ELF file, it begins with 23 21 2f 62/)
  })
})

import { describe, expect, it } from 'vitest'
import { codeOffset, mappedPlace, requireExecutable } from '../../src/executable/code_offset.ts'
import { ExecutableError } from '../../src/executable/executable_error.ts'
import { ET_DYN, ET_REL, PF_R, PF_W, PT_NOTE } from '../../src/elf/constants.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeElf } from '../elf/elf_writer.ts'
import { fixtureImage } from './fixture.ts'

const image = parseElfImage(
  writeElf({
    type: ET_DYN,
    segments: [
      { type: PT_NOTE, address: 0x1000n, fileSize: 0x100n },
      { offset: 0x40n, address: 0x1000n, fileSize: 0x20n },
      { flags: PF_R | PF_W, offset: 0x60n, address: 0x2060n, fileSize: 0x10n, memorySize: 0x40n },
      { offset: 0x10_0000n, address: 0x10_0000n, fileSize: 0x10n },
    ],
  }),
  'libx.so',
)

describe('codeOffset', () => {
  it('follows the segment that maps the address', () => {
    expect(codeOffset(image, 0x1000n, 'x')).toBe(0x40)
    expect(codeOffset(image, 0x101fn, 'x')).toBe(0x5f)
  })

  it.each([
    [
      'that nothing maps',
      0x1020n,
      /^libx\.so: function x is at address 0x1020, which no PT_LOAD segment maps/,
    ],
    ['of data', 0x2060n, /not mapped to be executed/],
    ['beyond the end of the file', 0x10_0000n, /beyond the \d+ bytes of the file/],
    ['above all numbers', (1n << 64n) - 1n, /which no PT_LOAD segment maps/],
  ])('refuses an address %s', (_, address, message) => {
    const error = bpfErrorOf('EXECUTABLE_NOT_CODE', () => codeOffset(image, address, 'function x'))
    expect(error).toBeInstanceOf(ExecutableError)
    expect(error.message).toMatch(message)
  })

  it('finds the first instructions of a function in the file', () => {
    const program = fixtureImage('probes.arm64')
    const [add] = program.functions('static')?.named('fixture_add') ?? []
    const at = codeOffset(program, add!.address, 'fixture_add')
    // add x0, x0, x1; ret
    expect([...program.bytes.subarray(at, at + 8)]).toEqual([0, 0, 1, 0x8b, 0xc0, 0x03, 0x5f, 0xd6])
  })
})

describe('mappedPlace', () => {
  it('has a place for memory that the file has no bytes for', () => {
    expect(mappedPlace(image, 0x2080n)).toMatchObject({ offset: 0x80, segment: { flags: PF_R | PF_W } })
  })
})

describe('requireExecutable', () => {
  it('takes programs and libraries', () => {
    for (const file of ['probes.x64', 'libprobes.x64.so']) requireExecutable(fixtureImage(file))
  })

  it('refuses object files', () => {
    const object = parseElfImage(writeElf({ type: ET_REL }), 'x.o')
    expect(() => {
      requireExecutable(object)
    }).toThrow(/^x\.o: this ELF file is of type 1, neither a program/)
  })
})

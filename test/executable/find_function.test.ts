import { describe, expect, it } from 'vitest'
import { ET_DYN, STB_LOCAL, STB_WEAK, STT_GNU_IFUNC } from '../../src/elf/constants.ts'
import { type ElfImage, parseElfImage } from '../../src/elf/image.ts'
import { findFunction } from '../../src/executable/find_function.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeElf } from '../elf/elf_writer.ts'
import { dynamicTable, staticTable, type TableSymbol } from '../elf/symbol_tables.ts'
import { fixtureImage } from './fixture.ts'

interface Tables {
  readonly dynamic?: readonly TableSymbol[]
  readonly static?: readonly TableSymbol[]
}

const defined = [
  { number: 2, name: 'V1' },
  { number: 3, name: 'V2' },
]

function imageOf({ dynamic, static: all }: Tables): ElfImage {
  const sections = [
    ...(dynamic === undefined ? [] : dynamicTable(dynamic, { defined })),
    ...(all === undefined ? [] : staticTable(all)),
  ]
  return parseElfImage(writeElf({ type: ET_DYN, sections }), 'libx.so')
}

const HIDDEN = 0x8000

describe('findFunction', () => {
  it('looks among the dynamic symbols first, then among all', () => {
    const image = imageOf({
      dynamic: [{ name: 'f', value: 1n }],
      static: [
        { name: 'f', value: 2n },
        { name: 'g', value: 3n },
      ],
    })
    expect(findFunction(image, 'f').address).toBe(1n)
    expect(findFunction(image, 'g').address).toBe(3n)
  })

  it('takes the default version where none is named, and otherwise that one, with one @ or two', () => {
    const image = imageOf({
      dynamic: [
        { name: 'f', value: 1n, version: 2 | HIDDEN },
        { name: 'f', value: 2n, version: 3 },
      ],
    })
    expect(findFunction(image, 'f').address).toBe(2n)
    for (const name of ['f@V1', 'f@@V1']) expect(findFunction(image, name).address).toBe(1n)
    for (const name of ['f@V2', 'f@@V2']) expect(findFunction(image, name).address).toBe(2n)
    expect(() => findFunction(image, 'f@V3')).toThrow(
      expect.objectContaining({ code: 'EXECUTABLE_STRIPPED' }),
    )
  })

  it('takes a version that is part of the name, as .symtab has it', () => {
    const image = imageOf({
      static: [
        { name: 'f@V1', value: 1n },
        { name: 'f@@V2', value: 2n },
      ],
    })
    expect(findFunction(image, 'f').address).toBe(2n)
    expect(findFunction(image, 'f@V1').address).toBe(1n)
  })

  it('takes an old version where there is no other', () => {
    const image = imageOf({ dynamic: [{ name: 'f', value: 1n, version: 2 | HIDDEN }] })
    expect(findFunction(image, 'f').address).toBe(1n)
  })

  it('lets a weak symbol give way to one that is not, in whichever order they are', () => {
    const weak = { name: 'f', value: 1n, binding: STB_WEAK }
    const strong = { name: 'f', value: 2n }
    for (const symbols of [
      [weak, strong],
      [strong, weak],
    ]) {
      expect(findFunction(imageOf({ static: symbols }), 'f').address).toBe(2n)
    }
    const other = { ...weak, value: 3n }
    expect(findFunction(imageOf({ static: [weak, other] }), 'f').address).toBe(1n)
  })

  it('takes a function that has its name several times', () => {
    const twice = { name: 'f', value: 1n }
    expect(findFunction(imageOf({ static: [twice, twice] }), 'f').address).toBe(1n)
  })

  it('does not choose between several functions, and says where they are', () => {
    const image = imageOf({
      static: [0x10n, 0x20n].map((value) => ({ name: 'f', value, binding: STB_LOCAL })),
    })
    const error = bpfErrorOf('EXECUTABLE_AMBIGUOUS_FUNCTION', () => findFunction(image, 'f'))
    expect(error.message).toMatch(
      /^libx\.so: several functions are called f: f at 0x10, f at 0x20; name a version/,
    )
  })

  it('names close ones where there is none of that name', () => {
    const image = imageOf({ dynamic: [{ name: 'write' }], static: [{ name: 'read_lines' }] })
    const error = bpfErrorOf('EXECUTABLE_NO_FUNCTION', () => findFunction(image, 'raed_lines'))
    expect(error.message).toBe('libx.so: there is no function raed_lines; did you mean read_lines?')
  })

  it('says that a function may have been stripped', () => {
    const left = imageOf({ dynamic: [{ name: 'write' }, { name: 'wrote' }] })
    expect(bpfErrorOf('EXECUTABLE_STRIPPED', () => findFunction(left, 'helper')).message).toBe(
      'libx.so: function helper was not found: the file was stripped, and it is not among the 2 dynamic symbols that are ' +
        'left; install its debugging symbols, or probe an offset of the file without naming a function',
    )
    expect(bpfErrorOf('EXECUTABLE_STRIPPED', () => findFunction(imageOf({}), 'helper')).message).toContain(
      'it has no symbols',
    )
  })

  it('says what an IFUNC is, which is no function yet', () => {
    const image = imageOf({ dynamic: [{ name: 'strlen', type: STT_GNU_IFUNC }] })
    const error = bpfErrorOf('EXECUTABLE_NO_FUNCTION', () => findFunction(image, 'strlen'))
    expect(error.message).toMatch(/^libx\.so: strlen is no function but an IFUNC/)
  })

  it('finds nothing under the empty name', () => {
    const image = imageOf({ static: [{ name: '' }] })
    for (const name of ['', '@V1']) {
      expect(() => findFunction(image, name)).toThrow(
        expect.objectContaining({ code: 'EXECUTABLE_NO_FUNCTION' }),
      )
    }
  })
})

describe('findFunction in a library that was stripped', () => {
  const library = fixtureImage('libprobes-stripped.x64.so')
  const whole = fixtureImage('libprobes.x64.so')
  const debugImage = (): ElfImage => fixtureImage('libprobes-stripped.x64.so.debug')

  it('does not fetch the debugging information for a dynamic function', () => {
    const found = findFunction(library, 'fixture_add', () => expect.fail('fetched'))
    expect(found.address).toBe(findFunction(whole, 'fixture_add').address)
  })

  it('finds the others there', () => {
    const found = findFunction(library, 'fixture_hidden', debugImage)
    expect(found.address).toBe(findFunction(whole, 'fixture_hidden').address)
  })

  it('says that a function is not there either', () => {
    expect(() => findFunction(library, 'fixture_hiden', debugImage)).toThrow(
      /: there is no function fixture_hiden; did you mean fixture_hidden\?$/,
    )
  })

  it.each(['x64', 'arm64'])('has its versions (%s)', (architecture) => {
    const { address: old } = findFunction(
      fixtureImage(`libprobes.${architecture}.so`),
      'fixture_versioned@FIXTURE_1.0',
    )
    const stripped = fixtureImage(`libprobes-stripped.${architecture}.so`)
    expect(findFunction(stripped, 'fixture_versioned@FIXTURE_1.0').address).toBe(old)
    const current = findFunction(stripped, 'fixture_versioned')
    expect(current.version).toEqual({ name: 'FIXTURE_2.0', visibility: 'default' })
    expect(current.address).not.toBe(old)
  })
})

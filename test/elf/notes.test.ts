import { expect, test } from 'vitest'
import { ByteWriter } from '../../src/base/byte_writer.ts'
import { SHT_NOTE, SHT_PROGBITS } from '../../src/elf/constants.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import type { ElfNote } from '../../src/elf/notes.ts'
import { type SectionDescription, writeElf } from './elf_writer.ts'

/** One note, padded to `alignment` bytes. */
function note(name: string, type: number, description: Uint8Array, alignment = 4): Uint8Array {
  const owner = new TextEncoder().encode(`${name}\0`)
  const out = new ByteWriter('little').u32(owner.length).u32(description.length).u32(type)
  return out.raw(owner).align(alignment).raw(description).align(alignment).bytes()
}

function notesIn(data: Uint8Array, section: Partial<SectionDescription> = {}): readonly ElfNote[] {
  const sections = [{ name: '.note.x', type: SHT_NOTE, alignment: 4, data, ...section }]
  return parseElfImage(writeElf({ sections }), 'x').notes('.note.x')
}

const bytes = Uint8Array.of(1, 2, 3, 4, 5)

test('Notes are read one after the other, whatever their lengths are', () => {
  const data = Buffer.concat([note('GNU', 3, bytes), note('stapsdt', 9, new Uint8Array())])
  expect(notesIn(data)).toEqual([
    { name: 'GNU', type: 3, description: bytes, offset: expect.any(Number) as number },
    { name: 'stapsdt', type: 9, description: new Uint8Array(), offset: expect.any(Number) as number },
  ])
})

test('Sections that are aligned to 8 bytes have their notes padded to 8', () => {
  const data = Buffer.concat([note('GNU', 5, bytes, 8), note('GNU', 6, bytes, 8)])
  expect(notesIn(data, { alignment: 8 }).map(({ type }) => type)).toEqual([5, 6])
})

test('A note knows where in the file its description starts', () => {
  const file = writeElf({
    sections: [{ name: '.note.x', type: SHT_NOTE, alignment: 4, data: note('GNU', 3, bytes) }],
  })
  const [only] = parseElfImage(file, 'x').notes('.note.x')
  expect(file.subarray(only!.offset, only!.offset + 5)).toEqual(bytes)
})

test('The last note needs no padding', () => {
  expect(notesIn(note('GNU', 3, bytes).subarray(0, 12 + 4 + 5))).toHaveLength(1)
})

test('A section of another type has no notes, and neither has one that is not there', () => {
  expect(notesIn(note('GNU', 3, bytes), { type: SHT_PROGBITS })).toEqual([])
  expect(parseElfImage(writeElf(), 'x').notes('.note.x')).toEqual([])
})

test.each([
  ['header', note('GNU', 3, bytes).subarray(0, 11)],
  ['name', note('GNU', 3, bytes).subarray(0, 14)],
  ['description', note('GNU', 3, bytes).subarray(0, 18)],
  ['length', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0)],
])('A note whose %s is cut off is refused, with the place in the file', (_, data) => {
  expect(() => notesIn(data)).toThrow(
    expect.objectContaining({
      code: 'ELF_TRUNCATED',
      section: '.note.x',
      offset: expect.any(Number) as number,
    }),
  )
})

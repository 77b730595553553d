import { describe, expect, it } from 'vitest'
import { crc32 } from '../../src/base/crc32.ts'
import { SHT_NOTE } from '../../src/elf/constants.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import {
  buildIdOf,
  debugFilePaths,
  debugFileReference,
  isDebugFileOf,
} from '../../src/executable/debug_file.ts'
import { writeElf } from '../elf/elf_writer.ts'
import { fixtureBytes, fixtureImage } from './fixture.ts'

const stripped = fixtureImage('libprobes-stripped.x64.so')
const debugging = fixtureImage('libprobes-stripped.x64.so.debug')

/** A file whose debug link has these bytes. */
const linkOf = (data: Uint8Array): unknown =>
  debugFileReference(
    parseElfImage(writeElf({ sections: [{ name: '.gnu_debuglink', data, alignment: 4 }] }), 'x'),
  ).link

describe('debugFileReference', () => {
  it('has the build id, and the name and checksum of the other file', () => {
    const { buildId, link } = debugFileReference(stripped)
    expect(buildId).toMatch(/^[0-9a-f]{40}$/)
    expect(link).toEqual({
      name: 'libprobes-stripped.x64.so.debug',
      crc: crc32(fixtureBytes('libprobes-stripped.x64.so.debug')),
    })
  })

  it('has neither where the file says nothing', () => {
    expect(debugFileReference(parseElfImage(writeElf(), 'x'))).toEqual({
      buildId: undefined,
      link: undefined,
    })
  })

  it.each([
    ['empty', Uint8Array.of()],
    ['without a name', Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4)],
    ['without an end of the name', Uint8Array.of(97, 98)],
    ['without a checksum', Uint8Array.of(97, 0, 0, 0, 1, 2, 3)],
    ['with a folder', Buffer.from('../x\0\0\0\0\0\0\0')],
  ])('passes over a link that is %s', (_, data) => {
    expect(linkOf(data)).toBeUndefined()
  })
})

describe('debugFilePaths', () => {
  it('looks by the build id first, then by the name in the usual places', () => {
    const reference = { buildId: 'abcdef0123', link: { name: 'libx.debug', crc: 1 } }
    expect(debugFilePaths(reference, '/usr/lib/libx.so')).toEqual([
      '/usr/lib/debug/.build-id/ab/cdef0123.debug',
      '/usr/lib/libx.debug',
      '/usr/lib/.debug/libx.debug',
      '/usr/lib/debug/usr/lib/libx.debug',
    ])
  })

  it('does not name the file itself', () => {
    const reference = { buildId: undefined, link: { name: 'x', crc: 1 } }
    expect(debugFilePaths(reference, '/bin/x')).not.toContain('/bin/x')
  })

  it('has no places where nothing is known', () => {
    expect(debugFilePaths({ buildId: undefined, link: undefined }, '/bin/x')).toEqual([])
    expect(debugFilePaths({ buildId: 'ab', link: undefined }, '/bin/x')).toEqual([])
  })
})

describe('isDebugFileOf', () => {
  it('compares build ids', () => {
    expect(isDebugFileOf(debugFileReference(stripped), debugging)).toBe(true)
    expect(isDebugFileOf(debugFileReference(fixtureImage('probes.x64')), debugging)).toBe(false)
  })

  it('compares the checksum where a file has no build id', () => {
    const { link } = debugFileReference(stripped)
    expect(isDebugFileOf({ buildId: undefined, link }, debugging)).toBe(true)
    expect(isDebugFileOf({ buildId: undefined, link: { name: '', crc: 0 } }, debugging)).toBe(false)
    expect(isDebugFileOf({ buildId: undefined, link: undefined }, debugging)).toBe(false)
  })
})

describe('buildIdOf', () => {
  it('is the same of a library, of what was stripped from it and of the rest', () => {
    const whole = buildIdOf(fixtureImage('libprobes.x64.so'))
    expect(whole).toMatch(/^[0-9a-f]{40}$/)
    expect([buildIdOf(stripped), buildIdOf(debugging)]).toEqual([whole, whole])
  })

  it('passes over notes of others', () => {
    const data = Uint8Array.of(4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 88, 89, 90, 0, 1, 0, 0, 0)
    const sections = [{ name: '.note.gnu.build-id', type: SHT_NOTE, alignment: 4, data }]
    expect(buildIdOf(parseElfImage(writeElf({ sections }), 'x'))).toBeUndefined()
  })
})

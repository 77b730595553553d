import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { findMember } from '../../src/executable/archive.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureBytes } from './fixture.ts'
import { writeZip } from './zip_writer.ts'

const library = fixtureBytes('libprobes.x64.so')
const archive = writeZip([
  { name: 'readme', data: Buffer.from('hello') },
  { name: 'lib/libprobes.so', data: library, extra: 37 },
  { name: 'lib/small.so', data: library, how: 'deflated' },
  { name: 'lib/secret.so', data: library, how: 'encrypted' },
])

const failure = (bytes: Uint8Array, member: string): string =>
  bpfErrorOf('EXECUTABLE_BAD_ARCHIVE', () => findMember(bytes, 'app.apk', member)).message

describe('findMember', () => {
  it('finds a member and where it starts in the archive', () => {
    const { offset, bytes } = findMember(archive, 'app.apk', 'lib/libprobes.so')
    expect(Buffer.from(bytes).equals(library)).toBe(true)
    expect(Buffer.from(archive.subarray(offset, offset + 4)).toString('latin1')).toBe('\x7fELF')
  })

  it('finds it where the archive has a comment, even one that looks like an end', () => {
    for (const comment of ['signed by me', 'PK\x05\x06 and more of it than twenty-two bytes']) {
      const commented = writeZip([{ name: 'x', data: Uint8Array.of(1, 2, 3) }], comment)
      expect(findMember(commented, 'a.zip', 'x').bytes).toEqual(Uint8Array.of(1, 2, 3))
    }
  })

  it('says which member there is not', () => {
    expect(failure(archive, 'lib/other.so')).toBe('app.apk: the archive has no member lib/other.so')
  })

  it('says that a member is compressed or encrypted', () => {
    expect(failure(archive, 'lib/small.so')).toMatch(
      /^app\.apk: member lib\/small\.so is compressed \(method 8\)/,
    )
    expect(failure(archive, 'lib/secret.so')).toMatch(/is encrypted/)
  })

  it('says what is no archive', () => {
    expect(failure(new Uint8Array(), 'x')).toMatch(/this is no zip archive/)
    expect(failure(library, 'x')).toMatch(/this is no zip archive/)
  })

  it('says that an archive was cut short', () => {
    expect(failure(archive.subarray(100), 'lib/libprobes.so')).toMatch(/damaged/)
  })

  it('gives a member or a typed error for whatever bytes there are', () => {
    const small = writeZip([{ name: 'x', data: Uint8Array.of(1, 2, 3) }])
    fc.assert(
      fc.property(fc.nat(small.length - 1), fc.nat(255), (at, value) => {
        const bytes = small.slice()
        bytes[at] = value
        try {
          findMember(bytes, 'a.zip', 'x')
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

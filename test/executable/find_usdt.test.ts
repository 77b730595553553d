import { describe, expect, it } from 'vitest'
import { findUsdt } from '../../src/executable/find_usdt.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureImage } from './fixture.ts'
import { CODE, DATA, usdtImage, type WrittenNote } from './usdt_file.ts'

const HIT = { provider: 'app', name: 'hit' }

const placesOf = (note: WrittenNote, base?: bigint): ReturnType<typeof findUsdt> =>
  findUsdt(usdtImage([note], base), HIT)

describe('findUsdt', () => {
  it('finds every place of a probe and no other', () => {
    const image = usdtImage([
      { location: CODE + 0x10n, arguments: '-4@%edi' },
      { name: 'miss' },
      { provider: 'other' },
      { location: CODE + 0x20n, arguments: '-4@$1' },
    ])
    expect(findUsdt(image, HIT)).toEqual([
      { address: CODE + 0x10n, offset: 0x10, semaphore: undefined, arguments: '-4@%edi' },
      { address: CODE + 0x20n, offset: 0x20, semaphore: undefined, arguments: '-4@$1' },
    ])
  })

  it('finds the semaphore in the file', () => {
    expect(placesOf({ semaphore: DATA + 4n })).toMatchObject([{ semaphore: 0x804 }])
  })

  it('moves a probe and its semaphore with the section .stapsdt.base', () => {
    const note = { location: 0x110n, base: 0x100n, semaphore: DATA - CODE + 4n }
    expect(placesOf(note, CODE + 0x100n)).toMatchObject([
      { address: CODE + 0x110n, offset: 0x110, semaphore: 0x804 },
    ])
  })

  it('does not move it where the file has no such section, or the note had none', () => {
    expect(placesOf({ location: CODE + 1n, base: 0x100n })).toMatchObject([{ offset: 1 }])
    expect(placesOf({ location: CODE + 1n, base: 0n }, CODE)).toMatchObject([{ offset: 1 }])
  })

  it('finds nops where the fixtures have their probes', () => {
    for (const [file, nop] of [
      ['probes.x64', [0x90]],
      ['probes-pie.x64', [0x90]],
      ['libprobes.arm64.so', [0x1f, 0x20, 0x03, 0xd5]],
    ] as const) {
      const image = fixtureImage(file)
      const places = ['call', 'plain', 'guarded'].flatMap((name) =>
        findUsdt(image, { provider: 'fixture', name }),
      )
      expect(places).toHaveLength(4)
      for (const { offset } of places) {
        expect([...image.bytes.subarray(offset, offset + nop.length)]).toEqual(nop)
      }
      const { semaphore } = places[3]!
      expect([...image.bytes.subarray(semaphore, semaphore! + 2)]).toEqual([0, 0])
    }
  })

  it('says that a file has no probes', () => {
    expect(bpfErrorOf('EXECUTABLE_NO_USDT', () => findUsdt(usdtImage([]), HIT)).message).toMatch(
      /^app: it has no USDT probes: there is no section \.note\.stapsdt/,
    )
  })

  it('says which probes there are, or which one was meant', () => {
    const image = usdtImage([{ name: 'begin' }, { name: 'end' }])
    const message = (provider: string, name: string): string =>
      bpfErrorOf('EXECUTABLE_NO_USDT', () => findUsdt(image, { provider, name })).message
    expect(message('app', 'begn')).toBe('app: there is no USDT probe app:begn; did you mean app:begin?')
    expect(message('x', 'y')).toBe('app: there is no USDT probe x:y; it has app:begin and app:end')
  })

  it('refuses a probe that is not in code', () => {
    expect(() => placesOf({ location: DATA })).toThrow(
      expect.objectContaining({ code: 'EXECUTABLE_NOT_CODE' }),
    )
  })

  it.each([
    ['nowhere', 1n],
    ['among the code', CODE],
  ])('refuses a semaphore that is %s', (_, semaphore) => {
    expect(() => placesOf({ semaphore })).toThrow(expect.objectContaining({ code: 'EXECUTABLE_BAD_USDT' }))
  })
})

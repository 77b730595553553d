import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { parseElfImage } from '../../src/elf/image.ts'
import { codeOffset } from '../../src/executable/code_offset.ts'
import { debugFileReference } from '../../src/executable/debug_file.ts'
import { findFunction } from '../../src/executable/find_function.ts'
import { findUsdt } from '../../src/executable/find_usdt.ts'
import { matchFunctions } from '../../src/executable/match_functions.ts'
import { readUsdtArguments } from '../../src/executable/usdt_arguments.ts'
import { fixtureBytes } from './fixture.ts'

const QUESTIONS: readonly ((bytes: Uint8Array) => unknown)[] = [
  (bytes) => {
    const image = parseElfImage(bytes, 'x')
    return codeOffset(image, findFunction(image, 'fixture_hidden').address, 'it')
  },
  (bytes) => findFunction(parseElfImage(bytes, 'x'), 'fixture_versioned@FIXTURE_1.0'),
  (bytes) => findFunction(parseElfImage(bytes, 'x'), 'nothing_like_it'),
  (bytes) => matchFunctions(parseElfImage(bytes, 'x'), 'fixture_*'),
  (bytes) => debugFileReference(parseElfImage(bytes, 'x')),
  (bytes) => {
    const image = parseElfImage(bytes, 'x')
    return findUsdt(image, { provider: 'fixture', name: 'guarded' }).map((place) =>
      readUsdtArguments(place.arguments, image.machine),
    )
  },
]

/** Every question is answered, or refused with an error of ours. */
function ask(bytes: Uint8Array): void {
  for (const question of QUESTIONS) {
    try {
      question(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(BpfError)
    }
  }
}

describe.each(['libprobes.x64.so', 'probes.x64', 'libprobes-stripped.arm64.so'])('a hostile %s', (file) => {
  const original = fixtureBytes(file)

  it('gives results or typed errors whichever bytes are changed', () => {
    const change = fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(original)
        for (const [at, value] of changes) bytes[at] = value
        ask(bytes)
      }),
      { numRuns: 1500 },
    )
  })

  it('gives them whichever 32-bit word is made large, small or negative', () => {
    const words = fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, original.length)
    fc.assert(
      fc.property(fc.nat(original.length - 4), words, (at, word) => {
        const bytes = Uint8Array.from(original)
        new DataView(bytes.buffer).setUint32(at, word, true)
        ask(bytes)
      }),
      { numRuns: 1500 },
    )
  })

  it('gives them wherever the file is cut short', () => {
    for (let length = 0; length < original.length; length += 61) ask(original.slice(0, length))
  })
})

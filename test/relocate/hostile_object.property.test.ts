import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { smallKernel } from './small_kernel.ts'

const bootstrap = readFileSync(new URL('../../bpf/bootstrap.bpf.o', import.meta.url))
const functions = readFileSync(new URL('../fixtures/functions/clang19/calls.bpf.o', import.meta.url))
const target = smallKernel()

/** How many objects are tried; RAWBPF_FUZZ_RUNS asks for more. */
const RUNS = Number(process.env['RAWBPF_FUZZ_RUNS'] ?? 300)

/** One change of a file. Positions are any number; they are taken modulo the file's length. */
type Mutation =
  | { readonly kind: 'flip'; readonly position: number; readonly bit: number }
  | { readonly kind: 'word'; readonly position: number; readonly value: number }
  | { readonly kind: 'truncate'; readonly position: number }

const position = fc.nat({ max: Math.max(bootstrap.length, functions.length) - 1 })
/** Numbers that lengths and indices break at, among arbitrary ones. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 7, 8, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat({ max: 0xffff_ffff }),
)
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('flip' as const), position, bit: fc.nat({ max: 7 }) }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('word' as const), position, value: word }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), position }) },
)

function mutate(good: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = new Uint8Array(good)
  for (const each of mutations) {
    if (bytes.length < 4) return bytes
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const place = each.position % bytes.length
    switch (each.kind) {
      case 'flip':
        view.setUint8(place, view.getUint8(place) ^ (1 << each.bit))
        break
      case 'word':
        view.setUint32(Math.min(place - (place % 4), bytes.length - 4), each.value, true)
        break
      case 'truncate':
        bytes = bytes.subarray(0, each.position % bytes.length)
        break
    }
  }
  return bytes
}

/** Parses, relocates, and reads every global; gives the error or the first failure, and throws what is no BpfError. */
function use(bytes: Uint8Array, targetOf: (own: Btf | undefined) => Btf): 'relocated' | BpfError {
  try {
    const spec = parseObject(bytes, 'hostile.bpf.o')
    const { failures } = relocateObject(spec, { targetBtf: () => targetOf(spec.btf) })
    Object.values(spec.globals)
    return failures[0]?.error ?? 'relocated'
  } catch (error) {
    if (error instanceof BpfError) return error
    throw error
  }
}

describe.each([
  { name: 'an object', good: bootstrap },
  { name: 'an object with subprograms', good: functions },
])('$name with damaged bytes', ({ good }) => {
  it.each([
    { against: 'a small kernel', targetOf: (): Btf => target },
    { against: 'its own types', targetOf: (own: Btf | undefined): Btf => own ?? target },
  ])('is relocated against $against or refused with a BpfError', ({ targetOf }) => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
        const outcome = use(mutate(good, mutations), targetOf)
        if (outcome !== 'relocated') expect(outcome.message).not.toBe('')
      }),
      { numRuns: RUNS },
    )
  })

  it('is relocated when nothing is damaged, so that the runs above start from a good object', () => {
    expect(use(mutate(good, []), () => target)).toBe('relocated')
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { byteOffset, typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import type { CoreRelo } from '../../src/btf/btf_ext.ts'
import { coreKinds } from '../../src/core/kinds.ts'
import { CoreResolver } from '../../src/core/resolve.ts'
import { parseObject } from '../../src/object/parse_object.ts'

/** How many files are tried; RAWBPF_FUZZ_RUNS asks for more. */
const RUNS = Number(process.env['RAWBPF_FUZZ_RUNS'] ?? 200)

const file = join(import.meta.dirname, '../fixtures/core/relocations.clang19.bpf.o')
const good = parseObject(readFileSync(file), file).btf ?? expect.fail('no BTF')

const accessStrings = ['0', '1', '2', '0:0', '0:1', '0:1:2', '1:0', '0:0:0:0', '', '4294967295']

/** Every kind of question about every type. */
const relos: readonly CoreRelo[] = Array.from({ length: good.typeCount + 1 }, (_, id) => id).flatMap((id) =>
  coreKinds.flatMap((_kind, kind) =>
    accessStrings.map((accessString) => ({
      insnOffset: byteOffset(0),
      typeId: typeId(id),
      accessString,
      kind,
    })),
  ),
)

function damaged(words: readonly { readonly position: number; readonly value: number }[]): Btf {
  const bytes = good.bytes.slice()
  const view = new DataView(bytes.buffer)
  for (const { position, value } of words) view.setUint32(good.typesStart + position * 4, value, true)
  return Btf.parse(bytes, { name: 'damaged' })
}

/** How many questions were answered; the others were refused with a BpfError. */
function answered(local: Btf, target: Btf, asked: readonly CoreRelo[]): number {
  let count = 0
  for (const relo of asked) {
    try {
      new CoreResolver(local, { vmlinux: () => target, modules: () => [] }, [relo]).resolve(relo)
      count++
    } catch (error) {
      if (!(error instanceof BpfError)) throw error
    }
  }
  return count
}

describe('CO-RE with damaged types', () => {
  const typeWords = Math.floor((good.bytes.length - good.typesStart) / 4)
  const words = fc.array(
    fc.record({
      position: fc.nat({ max: typeWords - 1 }),
      value: fc.oneof(fc.nat({ max: good.typeCount + 1 }), fc.nat({ max: 0xffff_ffff })),
    }),
    { minLength: 1, maxLength: 8 },
  )
  const some = fc.subarray([...relos], { minLength: 20, maxLength: 20 })

  it('answers, or refuses with a BpfError, whichever side is damaged', () => {
    fc.assert(
      fc.property(words, some, (changes, asked) => {
        let bad: Btf
        try {
          bad = damaged(changes)
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError)
          return
        }
        for (const [local, target] of [
          [bad, good],
          [good, bad],
          [bad, bad],
        ] as const) {
          answered(local, target, asked)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('answers many of these questions where nothing is damaged', () => {
    expect(answered(good, good, relos)).toBeGreaterThan(300)
  })
})

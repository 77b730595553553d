import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { decodeCoreRelo, decodeFuncInfo, decodeLineInfo, parseBtfExt } from '../../src/btf/btf_ext.ts'
import { dumpC } from '../../src/btf/c_dump/dump_c.ts'
import { createDecoder } from '../../src/btf/decoder.ts'
import { describeType } from '../../src/btf/describe_type.ts'
import { encodeValue } from '../../src/btf/encode_value.ts'
import { fixupDatasecs } from '../../src/btf/fixup_datasecs.ts'
import { alignmentOf, sizeOf } from '../../src/btf/layout.ts'
import { dumpRaw, dumpRawJson } from '../../src/btf/raw_dump/dump_raw.ts'
import { resolve } from '../../src/btf/resolve.ts'

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../fixtures/btf/${name}`, import.meta.url))
const memory = new DataView(new ArrayBuffer(4096))

/** Runs `action`; whatever it throws has to be a BpfError. */
function attempt(action: () => unknown): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
  }
}

/** How many inputs were good enough to get past `Btf.parse`. */
let parsedInputs = 0

function touchEverything(bytes: Uint8Array): void {
  attempt(() => {
    const btf = Btf.parse(bytes, { name: 'fuzz' })
    parsedInputs++
    for (let id = 0; id <= btf.typeCount + 1; id++) touch(btf, id)
    attempt(() => btf.idsByEssentialName(['node', 'word', 'a', '']))
    attempt(() => [...dumpC(btf)].length)
    attempt(() => [...dumpRaw(btf)].length)
    attempt(() => [...dumpRawJson(btf)].length)
    attempt(() => fixupDatasecs(btf, () => ({ size: 64, offsetOf: () => 8 })))
  })
}

function touch(btf: Btf, number: number): void {
  const id = typeId(number)
  const questions = [
    () => btf.type(id),
    () => btf.kind(id),
    () => btf.nameOf(id),
    () => resolve(btf, id),
    () => sizeOf(btf, id),
    () => alignmentOf(btf, id),
    () => describeType(btf, id),
    () => {
      const decode = createDecoder(btf, id)
      encodeValue(btf, id, decode(memory, 0), memory, 0)
    },
  ]
  for (const question of questions) attempt(question)
}

/** Valid bytes with some 32-bit words, bytes or the end changed. */
const mutations = (valid: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      words: fc.array(
        fc.tuple(
          fc.nat(Math.floor(valid.length / 4) - 1),
          fc.oneof(
            fc.nat(80),
            fc.constantFrom(0xffffffff, 0x7fffffff, 0x80000000, 0x04000004),
            fc.nat(0xffffffff),
          ),
        ),
        { maxLength: 8 },
      ),
      bytes: fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }),
      length: fc.oneof(fc.constant(valid.length), fc.nat(valid.length)),
    })
    .map(({ words, bytes, length }) => {
      const copy = new Uint8Array(valid)
      const view = new DataView(copy.buffer)
      for (const [index, word] of words) view.setUint32(index * 4, word, true)
      for (const [index, byte] of bytes) copy[index] = byte
      return copy.subarray(0, length)
    })

it('random bytes give BTF or a BpfError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), touchEverything), { numRuns: 500 })
})

it.each(['clang14', 'clang19', 'clang19-big'])(
  'mutations of the BTF of %s give BTF or a BpfError',
  (compiler) => {
    parsedInputs = 0
    fc.assert(fc.property(mutations(fixture(`${compiler}.btf`)), touchEverything), { numRuns: 200 })
    expect(parsedInputs).toBeGreaterThan(0)
  },
)

it('mutations of .BTF.ext give records or a BpfError', () => {
  const btf = Btf.parse(fixture('clang19.btf'), { name: 'clang19' })
  let parsed = 0
  fc.assert(
    fc.property(mutations(fixture('clang19.btf_ext')), (bytes) => {
      attempt(() => {
        const ext = parseBtfExt(bytes, { btf, name: 'fuzz' })
        parsed++
        for (const section of ext.funcInfo)
          for (let i = 0; i < section.count; i++) decodeFuncInfo(ext, section, i)
        for (const section of ext.lineInfo)
          for (let i = 0; i < section.count; i++) decodeLineInfo(ext, section, i)
        for (const section of ext.coreRelos)
          for (let i = 0; i < section.count; i++) decodeCoreRelo(ext, section, i)
      })
    }),
    { numRuns: 500 },
  )
  expect(parsed).toBeGreaterThan(0)
})

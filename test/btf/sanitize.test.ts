import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { sizeOf } from '../../src/btf/layout.ts'
import { type BtfFeature, sanitizeBtf, usedFeatures } from '../../src/btf/sanitize.ts'
import { loadBtf } from '../../src/kernel/bpf_calls.ts'
import { lackingBtfFeatures } from '../../src/kernel/probes/btf_features.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { bpfTest } from '../kernel/require.ts'
import { built } from './build.ts'
import { addEveryFeature, KIND_LAYOUTS } from './every_feature.ts'

/** In the order in which kernels learnt them. */
const FEATURES: readonly BtfFeature[] = [
  'functions',
  'datasecs',
  'global functions',
  'floats',
  'declaration tags',
  'type tags',
  'enum64',
  'optional datasecs',
  'layout',
]

const everything = (): { btf: Btf; ids: ReturnType<typeof addEveryFeature> } => {
  const builder = new BtfBuilder()
  const ids = addEveryFeature(builder)
  const bytes = builder.finish({ endianness: 'little', layout: KIND_LAYOUTS })
  return { btf: Btf.parse(bytes, { name: 'everything' }), ids }
}

const without = (btf: Btf, ...lacking: readonly BtfFeature[]): Btf =>
  Btf.parse(sanitizeBtf(btf, new Set(lacking)), { name: 'sanitized' })

const kernels = FEATURES.map((feature, index) => ({ feature, lacking: FEATURES.slice(index) }))

describe('usedFeatures', () => {
  it('finds each feature that a BTF uses', () => {
    expect([...usedFeatures(everything().btf)].sort()).toEqual([...FEATURES].sort())
  })

  it('finds none in what every kernel with BTF knows', () => {
    const { btf } = built((b) => {
      const int = b.addInt('int', 4)
      b.addStruct('s', 4, [{ name: 'a', type: int, bitOffset: 0 }])
      b.addEnum('e', { size: 4, signed: false, enumerators: [{ name: 'A', value: 1n }] })
    })
    expect(usedFeatures(btf).size).toBe(0)
  })

  it('tells a function without linkage from a global one', () => {
    const { btf } = built((b) => b.addFunc('f', b.addFuncProto(typeId(0), []), 'static'))
    expect([...usedFeatures(btf)]).toEqual(['functions'])
  })
})

describe('sanitizeBtf', () => {
  it('changes nothing for a kernel that lacks nothing', () => {
    const { btf } = everything()
    expect(sanitizeBtf(btf, new Set())).toEqual(btf.bytes)
  })

  it.each(kernels)('leaves ids and places of types for a kernel before $feature', ({ lacking }) => {
    const { btf } = everything()
    const after = without(btf, ...lacking)
    for (let id = 1; id <= btf.typeCount; id++) {
      const place = (each: Btf): number => each.offsetOf(typeId(id)) - each.typesStart
      expect(place(after)).toBe(place(btf))
    }
    const used = usedFeatures(after)
    for (const feature of lacking) expect(used).not.toContain(feature)
  })

  it('makes what it replaces the same size', () => {
    const { btf, ids } = everything()
    const after = without(btf, ...FEATURES)
    for (const id of [ids.float, ids.record, ids.tagged, ids.enum64, ids.signed, ids.datasec])
      expect(sizeOf(after, id)).toBe(sizeOf(btf, id))
  })

  it('makes variables and tags an int of one byte, and a datasec a struct of them', () => {
    const { btf, ids } = everything()
    const after = without(btf, 'datasecs')
    const byte = { kind: 'int', size: 1, bits: 8, encoding: 'unsigned', bitOffset: 0 }
    expect(after.type(ids.small)).toEqual({ ...byte, id: ids.small, name: 'small' })
    expect(after.type(ids.declTag)).toMatchObject(byte)
    expect(after.type(ids.datasec)).toMatchObject({
      kind: 'struct',
      name: '_data_some_name',
      size: 16,
      members: [
        { name: 'small', type: ids.small, bitOffset: 0, bitfieldSize: 0 },
        { name: 'state_0', type: ids.split, bitOffset: 32, bitfieldSize: 0 },
        { name: 'callback', bitOffset: 64, bitfieldSize: 0 },
      ],
    })
    expect(after.nameOf(ids.optional)).toBe('__struct_ops_link')
  })

  it('takes only the question mark from the name of an optional datasec, and what else old kernels refuse', () => {
    const { btf, ids } = everything()
    const after = without(btf, 'optional datasecs')
    expect(after.type(ids.optional)).toEqual({ ...btf.type(ids.optional), name: '_.struct_ops.link' })
    expect(after.type(ids.datasec)).toEqual({ ...btf.type(ids.datasec), name: '.data.some_name' })
  })

  it('makes prototypes enums whose enumerators all have names, and functions typedefs', () => {
    const { btf, ids } = everything()
    const after = without(btf, 'functions')
    expect(after.type(ids.proto)).toMatchObject({
      kind: 'enum',
      size: 4,
      enumerators: [
        { name: 'ctx', value: BigInt(ids.tagged) },
        { name: 'w', value: BigInt(ids.enum64) },
      ],
    })
    const pointer = after.type(ids.callback)
    expect(pointer.kind === 'ptr' && after.type(pointer.target)).toMatchObject({
      kind: 'enum',
      enumerators: [{ name: '_', value: BigInt(ids.signed) }],
    })
    expect(after.type(ids.global)).toMatchObject({ kind: 'typedef', name: 'program', target: ids.proto })
    expect(after.type(ids.funcTag)).toMatchObject({ kind: 'int', size: 1 })
  })

  it('makes global functions static', () => {
    const { btf, ids } = everything()
    const after = without(btf, 'global functions')
    expect(after.type(ids.global)).toMatchObject({ kind: 'func', name: 'program', linkage: 'static' })
    expect(after.type(ids.local)).toEqual(btf.type(ids.local))
  })

  it('makes floats structs without name and members, and type tags const', () => {
    const { btf, ids } = everything()
    const after = without(btf, 'floats', 'type tags')
    expect(after.type(ids.float)).toEqual({ kind: 'struct', id: ids.float, name: '', size: 8, members: [] })
    const pointer = after.type(ids.tagged)
    expect(pointer.kind === 'ptr' && after.type(pointer.target)).toMatchObject({
      kind: 'const',
      target: ids.record,
    })
  })

  it('makes a 64-bit enum a union of its enumerators, and a signed one unsigned', () => {
    const { btf, ids } = everything()
    const after = without(btf, 'enum64')
    const placeholder = typeId(btf.typeCount + 1)
    expect(after.type(placeholder)).toMatchObject({ kind: 'int', name: 'enum64_placeholder', size: 1 })
    expect(after.type(ids.enum64)).toMatchObject({
      kind: 'union',
      name: 'wide',
      size: 8,
      members: [{ name: 'WIDE', type: placeholder, bitOffset: 0, bitfieldSize: 0 }],
    })
    expect(after.type(ids.signed)).toMatchObject({
      kind: 'enum',
      signed: false,
      enumerators: [{ name: 'MINUS', value: 0xffffffffn }],
    })
  })

  it('changes names without changing the strings that others may share', () => {
    const { btf, ids } = built((b) => {
      const variable = b.addVar('.data', b.addInt('.data', 4), 'static')
      return b.addDatasec('.data', 4, [{ type: variable, offset: 0, size: 4 }])
    })
    const after = without(btf, 'datasecs')
    expect([after.nameOf(ids), after.nameOf(typeId(1))]).toEqual(['_data', '.data'])
  })

  it('works on big-endian BTF', () => {
    const { btf, ids } = built(addEveryFeature, { endianness: 'big' })
    const after = without(btf, ...FEATURES)
    expect(after.endianness).toBe('big')
    expect(after.type(ids.datasec)).toMatchObject({ kind: 'struct', name: '_data_some_name', size: 16 })
  })

  it('refuses a datasec whose name lies outside of the strings', () => {
    const { btf } = built((b) => {
      b.addRaw({ nameOffset: 0x7fffffff, info: (15 << 24) | 0, sizeOrType: 0 })
    })
    expect(() => usedFeatures(btf)).toThrow(expect.objectContaining({ code: 'BTF_BAD_STRING' }))
    expect(() => sanitizeBtf(btf, new Set(['datasecs']))).toThrow(
      expect.objectContaining({ code: 'BTF_BAD_STRING' }),
    )
  })

  for (const { feature, lacking } of kernels) {
    bpfTest(`makes BTF that the kernel takes, for one before ${feature}, and for one without it only`, () => {
      const kernel = openKernel()
      const { btf } = everything()
      const lackingHere = lackingBtfFeatures(kernel, new Set(FEATURES))
      for (const set of [lacking, [feature]]) {
        const bytes = sanitizeBtf(btf, new Set([...set, ...lackingHere]))
        loadBtf(kernel, { btf: bytes, btf_size: bytes.length }).close()
      }
    })
  }
})

import { describe, expect, it } from 'vitest'
import { typeId, VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { typeRecords, wordPlaces } from '../../src/btf/type_words.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function btfOf(build: (builder: BtfBuilder) => void, endianness: 'little' | 'big' = 'little'): Btf {
  const builder = new BtfBuilder()
  build(builder)
  return Btf.parse(builder.finish({ endianness }), { name: 'test' })
}

describe('wordPlaces', () => {
  it('finds the ids and the strings of each kind', () => {
    const places: unknown[] = []
    const btf = btfOf((b) => {
      b.addInt('int', 4)
      b.addPtr(typeId(1))
      b.addArray(typeId(1), typeId(2), 3)
      b.addStruct('s', 8, [{ name: 'x', type: typeId(1), bitOffset: 0 }])
      b.addEnum('e', { size: 4, signed: false, enumerators: [{ name: 'A', value: 1n }] })
      b.addFuncProto(typeId(1), [{ name: 'p', type: typeId(2) }])
      b.addVar('v', typeId(1), 'global')
      b.addDatasec('.data', 4, [{ type: typeId(7), offset: 0, size: 4 }])
      b.addDeclTag('t', typeId(4), 0)
      b.addEnum64('f', { size: 8, signed: false, enumerators: [{ name: 'B', value: 1n }] })
      b.addFwd('g', 'struct')
      b.addFloat('h', 4)
    })
    const records = typeRecords(btf)
    for (let id = 1; id <= btf.typeCount; id++) {
      const { strings, types } = wordPlaces(records.record(typeId(id)))
      places.push([btf.kind(typeId(id)), strings, types])
    }
    expect(places).toEqual([
      ['int', [0], []],
      ['ptr', [0], [2]],
      ['array', [0], [3, 4]],
      ['struct', [0, 3], [4]],
      ['enum', [0, 3], []],
      ['func_proto', [0, 3], [2, 4]],
      ['var', [0], [2]],
      ['datasec', [0], [3]],
      ['decl_tag', [0], [2]],
      ['enum64', [0, 3], []],
      ['fwd', [0], []],
      ['float', [0], []],
    ])
  })
})

describe('typeRecords', () => {
  it('gives the words of a type, in either byte order', () => {
    for (const endianness of ['little', 'big'] as const) {
      const btf = btfOf((b) => b.addArray(VOID, VOID, 0x01020304), endianness)
      expect([...typeRecords(btf).record(typeId(1))]).toEqual([0, 3 << 24, 0, 0, 0, 0x01020304])
    }
  })

  it('gives strings byte by byte, and a string that begins in the middle of another', () => {
    const records = typeRecords(btfOf((b) => b.addInt('é', 4)))
    expect(records.string(1)).toBe('\u00c3\u00a9')
    expect(records.string(2)).toBe('\u00a9')
    expect(records.string(0)).toBe('')
  })

  it('refuses a string outside of the section', () => {
    const records = typeRecords(btfOf((b) => b.addInt('int', 4)))
    bpfErrorOf('BTF_BAD_STRING', () => records.string(99))
  })

  it('refuses a kind that it does not know the words of', () => {
    // Kind 20 can be passed over only with a layout section, so it is put where the walk takes it for another one.
    const bytes = new BtfBuilder()
    bytes.addInt('int', 4)
    const btf = Btf.parse(bytes.finish({ endianness: 'little' }), { name: 'test' })
    btf.bytes[btf.offsetOf(typeId(1)) + 7] = 20
    bpfErrorOf('BTF_UNKNOWN_KIND', () => typeRecords(btf))
  })

  it('gives up where overlapping names are much longer than the strings', () => {
    const length = 4000
    const records = typeRecords(btfOf((b) => b.addInt('x'.repeat(length), 4)))
    bpfErrorOf('BTF_BAD_STRING', () => {
      for (let offset = 1; offset <= length; offset++) records.string(offset)
    })
  })
})

import { describe, expect, it } from 'vitest'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { Btf } from '../../src/btf/btf.ts'
import {
  decodeCoreRelo,
  decodeCoreRelos,
  decodeFuncInfo,
  decodeLineInfo,
  parseBtfExt,
  type BtfExt,
} from '../../src/btf/btf_ext.ts'
import { expectBtfError } from './expect_code.ts'
import { extBytes, type ExtPart } from './ext_bytes.ts'

const builder = new BtfBuilder()
const text = builder.string('.text')
const tp = builder.string('tp/x')
const file = builder.string('x.c')
const line = builder.string('return 0;')
const access = builder.string('0:1')
const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test' })
const parse = (bytes: Uint8Array): BtfExt => parseBtfExt(bytes, { btf, name: 'test' })

const funcs: ExtPart = {
  recordSize: 8,
  sections: [
    { name: text, words: [0, 7, 16, 8] },
    { name: tp, words: [0, 9] },
  ],
}
const lines: ExtPart = { recordSize: 16, sections: [{ name: text, words: [8, file, line, (12 << 10) | 5] }] }
const relos: ExtPart = { recordSize: 16, sections: [{ name: tp, words: [24, 3, access, 2] }] }

describe('.BTF.ext', () => {
  it('gives records by ELF section', () => {
    const ext = parse(extBytes([funcs, lines, relos]))
    expect(
      ext.funcInfo.map(({ sectionName, count, recordSize }) => [sectionName, count, recordSize]),
    ).toEqual([
      ['.text', 2, 8],
      ['tp/x', 1, 8],
    ])
    expect(decodeFuncInfo(ext, ext.funcInfo[0]!, 1)).toEqual({ insnOffset: 16, typeId: 8 })
    expect(decodeLineInfo(ext, ext.lineInfo[0]!, 0)).toEqual({
      insnOffset: 8,
      fileName: 'x.c',
      line: 'return 0;',
      lineNumber: 12,
      column: 5,
    })
    expect(decodeCoreRelo(ext, ext.coreRelos[0]!, 0)).toEqual({
      insnOffset: 24,
      typeId: 3,
      accessString: '0:1',
      kind: 2,
    })
    expect(ext.coreRelos[0]!.records).toHaveLength(16)
    expect(decodeCoreRelos(ext, ext.coreRelos[0]!)).toEqual([
      { insnOffset: 24, relo: decodeCoreRelo(ext, ext.coreRelos[0]!, 0) },
    ])
  })

  it('may come without CO-RE, with a longer header and with longer records', () => {
    expect(parse(extBytes([funcs, lines])).coreRelos).toEqual([])
    expect(parse(extBytes([funcs, lines, relos], { headerSize: 48 })).coreRelos).toHaveLength(1)
    const ext = parse(
      extBytes([{ recordSize: 12, sections: [{ name: text, words: [0, 7, 99, 16, 8, 99] }] }, lines]),
    )
    expect(decodeFuncInfo(ext, ext.funcInfo[0]!, 1)).toEqual({ insnOffset: 16, typeId: 8 })
  })

  it('has CO-RE records of any length, one behind the other', () => {
    const longer = { recordSize: 20, sections: [{ name: text, words: [0, 3, 0, 4, 99, 8, 5, 0, 6, 99] }] }
    const ext = parse(extBytes([funcs, lines, longer]))
    expect(decodeCoreRelos(ext, ext.coreRelos[0]!)).toEqual([
      { insnOffset: 0, relo: { insnOffset: 0, typeId: 3, accessString: '', kind: 4 } },
      { insnOffset: 8, relo: { insnOffset: 8, typeId: 5, accessString: '', kind: 6 } },
    ])
  })

  it('goes on behind a CO-RE record that cannot be read, and says why it cannot', () => {
    const two = { recordSize: 16, sections: [{ name: text, words: [0, 3, 0xffff, 4, 8, 5, 0, 6] }] }
    const ext = parse(extBytes([funcs, lines, two]))
    const [bad, good] = decodeCoreRelos(ext, ext.coreRelos[0]!)
    expect(bad).toMatchObject({ insnOffset: 0, relo: { code: 'BTF_BAD_STRING' } })
    expect(good).toMatchObject({ insnOffset: 8, relo: { typeId: 5 } })
  })

  it.each([2, -1, 0.5, NaN])('has no record %d of two', (index) => {
    const ext = parse(extBytes([funcs, lines]))
    expectBtfError(() => decodeFuncInfo(ext, ext.funcInfo[0]!, index), 'BTF_BAD_EXT')
  })

  it('is refused where its header is cut off, and behind that tells which parts are', () => {
    const whole = extBytes([funcs, lines, relos])
    const complete = (ext: BtfExt): readonly number[] => [
      ext.funcInfo.length,
      ext.lineInfo.length,
      ext.coreRelos.length,
    ]
    expect(parse(whole).damage.size).toBe(0)
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length)
      if (length < 32) {
        const error = expectBtfError(() => parse(cut), 'BTF_BAD_EXT')
        expect(error).toMatchObject({ object: 'test', section: '.BTF.ext' })
        continue
      }
      const ext = parse(cut)
      expect(ext.damage.get('coreRelos')).toMatchObject({ code: 'BTF_BAD_EXT', object: 'test' })
      expect(complete(ext).reduce((sum, count) => sum + count, 0)).toBeLessThan(4)
    }
    expect(complete(parse(whole.subarray(0, whole.length - 4)))).toEqual([2, 1, 0])
  })

  it('keeps the sections before a bad one', () => {
    const bad = { recordSize: 8, sections: [...funcs.sections, { name: tp, words: [] }] }
    const ext = parse(extBytes([bad, lines]))
    expect(ext.funcInfo.map(({ sectionName }) => sectionName)).toEqual(['.text', 'tp/x'])
    expect([...ext.damage.keys()]).toEqual(['funcInfo'])
    expect(ext.lineInfo).toHaveLength(1)
  })

  const wrong: [string, ExtPart][] = [
    ['records shorter than we know', { recordSize: 4, sections: [] }],
    ['records of an odd size', { recordSize: 10, sections: [] }],
    ['a section without records', { recordSize: 8, sections: [{ name: text, words: [] }] }],
    [
      'more records than bytes',
      { recordSize: 8, sections: [{ name: text, count: 0xffffffff, words: [0, 7] }] },
    ],
    [
      'records of a huge size',
      { recordSize: 0xfffffffc, sections: [{ name: text, count: 0xffffffff, words: [] }] },
    ],
  ]
  it.each(wrong)('has a part that is damaged by %s', (_, part) => {
    const ext = parse(extBytes([part, lines]))
    expect(ext.damage.get('funcInfo')).toMatchObject({ code: 'BTF_BAD_EXT' })
    expect([ext.funcInfo.length, ext.lineInfo.length]).toEqual([0, 1])
  })

  it('is damaged by names of sections outside of the strings, and refuses others when they are read', () => {
    const nameless = parse(extBytes([{ recordSize: 8, sections: [{ name: 9999, words: [0, 7] }] }, lines]))
    expect(nameless.damage.get('funcInfo')).toMatchObject({ code: 'BTF_BAD_STRING' })
    const ext = parse(
      extBytes([funcs, { recordSize: 16, sections: [{ name: text, words: [0, 9999, 0, 0] }] }]),
    )
    expectBtfError(() => decodeLineInfo(ext, ext.lineInfo[0]!, 0), 'BTF_BAD_STRING')
  })

  it('with another magic, version or header length is refused', () => {
    const changed = (at: number, word: number): Uint8Array => {
      const bytes = extBytes([funcs, lines])
      new DataView(bytes.buffer).setUint32(at, word, true)
      return bytes
    }
    for (const [at, word] of [
      [0, 0x00019feb],
      [0, 0x0002eb9f],
      [4, 20],
      [4, 0xffffffff],
    ] as const) {
      expectBtfError(() => parse(changed(at, word)), 'BTF_BAD_EXT')
    }
    for (const at of [8, 12]) {
      const { damage } = parse(changed(at, 0xffffffff))
      expect(damage.get('funcInfo')).toMatchObject({ code: 'BTF_BAD_EXT' })
    }
  })
})

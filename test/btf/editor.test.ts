import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfEditor, infoOf } from '../../src/btf/editor.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { kindNumber } from '../../src/btf/format.ts'
import { built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

const reparsed = (editor: BtfEditor, base?: Btf): Btf => Btf.parse(editor.finish(), { name: 'edited', base })

describe('BtfEditor', () => {
  it.each(['little', 'big'] as const)(
    'gives the same bytes where nothing is changed, %s-endian',
    (endianness) => {
      const { btf } = built((b) => b.addPtr(b.addInt('int', 4)), { endianness })
      expect(new BtfEditor(btf).finish()).toEqual(btf.bytes)
    },
  )

  it.each(['little', 'big'] as const)(
    'changes a word and adds types and strings behind, %s-endian',
    (endianness) => {
      const { btf, ids } = built((b) => b.addTypedef('number', b.addInt('int', 4)), { endianness })
      const before = btf.bytes.slice()
      const editor = new BtfEditor(btf)
      const nameOffset = editor.string('long')
      expect(editor.string('long')).toBe(nameOffset)
      const info = infoOf(kindNumber('int'))
      const added = editor.addType({ nameOffset, info, sizeOrType: 8, words: [64] })
      expect(added).toBe(3)
      editor.setWord(ids, 2, added)
      const edited = reparsed(editor)
      expect(edited.endianness).toBe(endianness)
      expect(edited.type(ids)).toMatchObject({ kind: 'typedef', name: 'number', target: 3 })
      expect(edited.type(added)).toMatchObject({ kind: 'int', name: 'long', size: 8, bits: 64 })
      expect(btf.bytes).toEqual(before)
    },
  )

  it('keeps the layout section between types and strings, and drops it where it is told to', () => {
    const builder = new BtfBuilder()
    const int = builder.addInt('int', 4)
    const layout = [
      { infoSize: 0, elementSize: 0 },
      { infoSize: 4, elementSize: 0 },
    ]
    const bytes = builder.finish({ endianness: 'little', layout })
    const btf = Btf.parse(bytes, { name: 'test' })
    expect(new BtfEditor(btf).finish()).toEqual(bytes)
    const editor = new BtfEditor(btf)
    editor.dropLayout()
    expect(editor.finish()).toEqual(builder.finish({ endianness: 'little' }))
    expect(reparsed(editor).type(int).name).toBe('int')
  })

  it('counts ids and strings of split BTF on from its base', () => {
    const { btf: base } = built((b) => b.addInt('int', 4))
    const { btf } = built((b) => b.addPtr(typeId(1)), { base })
    const editor = new BtfEditor(btf)
    const nameOffset = editor.string('alias')
    expect(nameOffset).toBe(base.stringsEnd)
    const added = editor.addType({ nameOffset, info: infoOf(kindNumber('typedef')), sizeOrType: 1 })
    expect(added).toBe(3)
    expect(reparsed(editor, base).type(added)).toMatchObject({ kind: 'typedef', name: 'alias', target: 1 })
    expectBtfError(() => editor.word(typeId(1), 0), 'BTF_NO_SUCH_TYPE')
  })

  it('has no type and no word beyond the last', () => {
    const { btf } = built((b) => b.addInt('int', 4))
    const editor = new BtfEditor(btf)
    expectBtfError(() => editor.word(typeId(2), 0), 'BTF_NO_SUCH_TYPE')
    expectBtfError(() => editor.word(typeId(1), 4), 'BTF_NO_SUCH_TYPE')
    expectBtfError(() => {
      editor.setWord(typeId(1), -1, 0)
    }, 'BTF_NO_SUCH_TYPE')
  })
})

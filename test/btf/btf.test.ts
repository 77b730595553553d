import { describe, expect, it } from 'vitest'
import { typeId, VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

describe('Btf', () => {
  it('decodes a type once and hands out the same object again', () => {
    const { btf, ids } = built(addBasics)
    expect(btf.type(ids.int)).toBe(btf.type(ids.int))
    expect(btf.type(ids.int)).toMatchObject({ kind: 'int', name: 'int', size: 4 })
  })

  it('has void under id 0', () => {
    const { btf } = built(addBasics)
    expect(btf.type(VOID)).toEqual({ kind: 'void', id: 0, name: '' })
    expect([btf.kind(VOID), btf.nameOf(VOID)]).toEqual(['void', ''])
  })

  it('can be empty', () => {
    const { btf } = built(() => undefined)
    expect(btf.typeCount).toBe(0)
    expect(btf.idsNamed('int')).toEqual([])
  })

  it.each([6, 1e9, 0xffffffff, -1, 1.5, NaN])('has no type %d among five', (id) => {
    const { btf } = built(addBasics)
    const error = expectBtfError(() => btf.type(typeId(id)), 'BTF_NO_SUCH_TYPE')
    expect(error.message).toContain(`no type ${id}`)
    expectBtfError(() => btf.kind(typeId(id)), 'BTF_NO_SUCH_TYPE')
    expectBtfError(() => btf.nameOf(typeId(id)), 'BTF_NO_SUCH_TYPE')
  })

  it('finds types by name and kind', () => {
    const { btf, ids } = built((b) => ({
      typedef: b.addTypedef('thing', b.nextId),
      struct: b.addStruct('thing', 0, []),
    }))
    expect(btf.find('thing', 'struct')?.id).toBe(ids.struct)
    expect(btf.find('thing', 'typedef')?.id).toBe(ids.typedef)
    expect(btf.find('thing', 'union')).toBeUndefined()
    expect(btf.idsNamed('thing')).toEqual([ids.typedef, ids.struct])
    expect(btf.idsOfKind('struct')).toEqual([ids.struct])
  })

  it('parses although types refer to ids that are not there, and says so when they are touched', () => {
    const { btf, ids } = built((b) => ({ good: b.addInt('int', 4), bad: b.addPtr(typeId(99)) }))
    expect(btf.type(ids.good).name).toBe('int')
    const pointer = btf.type(ids.bad)
    expect(pointer).toMatchObject({ kind: 'ptr', target: 99 })
    expectBtfError(() => btf.type(typeId(99)), 'BTF_NO_SUCH_TYPE')
  })

  it('names type and offset of a name outside of the strings', () => {
    const { btf, ids } = built((b) => b.addRaw({ nameOffset: 1000, info: 2 << 24, sizeOrType: 0 }))
    expectBtfError(() => btf.type(ids), 'BTF_BAD_STRING')
    expectBtfError(() => btf.nameOf(ids), 'BTF_BAD_STRING')
  })
})

describe('split BTF', () => {
  const { btf: base, ids: basics } = built(addBasics)

  it('goes on with ids and strings where the base ends', () => {
    const { btf, ids } = built(
      (b) => b.addStruct('module_thing', 4, [{ name: 'x', type: basics.u32, bitOffset: 0 }]),
      {
        base,
      },
    )
    expect(ids).toBe(6)
    expect(btf.firstId).toBe(6)
    expect(btf.type(ids)).toMatchObject({ name: 'module_thing', members: [{ name: 'x' }] })
    expect(btf.type(basics.int)).toBe(base.type(basics.int))
    expect(btf.kind(basics.int)).toBe('int')
  })

  it('is searched after its base', () => {
    const { btf, ids } = built((b) => b.addTypedef('int', basics.u32), { base })
    expect(btf.idsNamed('int')).toEqual([basics.int, ids])
    expect(btf.idsByEssentialName(['int']).get('int')).toEqual([basics.int, ids])
  })

  it('finds own types that are named by a string of the base', () => {
    const builder = new BtfBuilder({ base })
    const offset = Array.from({ length: base.stringsEnd }, (_, at) => at).find(
      (at) => base.string(at) === 'int',
    )
    const id = builder.addRaw({ nameOffset: offset!, info: 8 << 24, sizeOrType: 1 })
    const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'module', base })
    expect(btf.nameOf(id)).toBe('int')
    expect(btf.idsNamed('int')).toEqual([basics.int, id])
  })
})

describe('wordOf', () => {
  it('reads what BTF has written, in the base too', () => {
    const base = built((builder) => addBasics(builder))
    const { btf, ids } = built((builder) => builder.addPtr(base.ids.u32), { base: base.btf })
    expect(btf.wordOf(ids, 2)).toBe(base.ids.u32)
    expect(btf.wordOf(base.ids.u32, 2)).toBe(4)
    expectBtfError(() => btf.wordOf(typeId(999), 0), 'BTF_NO_SUCH_TYPE')
  })
})

import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { allocateExternTypes, STAND_IN_NAME } from '../../src/object/extern_types.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { built } from '../btf/build.ts'
import { type ExternObject, writeExternObject } from './extern_object.ts'

function btfOf(object: ExternObject): Btf {
  const { btf } = parseObject(writeExternObject(object), 'test.bpf.o')
  return btf ?? expect.fail('no BTF')
}

/** The variables of a section: name, kind of linkage, type's name, offset, size. */
function variablesOf(btf: Btf, name: string): readonly (readonly (string | number)[])[] {
  return btf.find(name, 'datasec')!.variables.map(({ type: id, offset, size }) => {
    const type = btf.type(id)
    return type.kind === 'var' ? [type.name, type.linkage, btf.nameOf(type.type), offset, size] : [type.kind]
  })
}

describe('allocateExternTypes', () => {
  it.each(['little', 'big'] as const)(
    'lays out .kconfig as its map is laid out (%s-endian)',
    (endianness) => {
      const btf = btfOf({
        endianness,
        kconfig: [
          { name: 'CONFIG_A', type: 'bool' },
          { name: 'CONFIG_HZ', type: 'int' },
        ],
      })
      expect(btf.find('.kconfig', 'datasec')?.size).toBe(5)
      expect(variablesOf(btf, '.kconfig')).toEqual([
        ['CONFIG_HZ', 'global', 'int', 0, 4],
        ['CONFIG_A', 'global', '_Bool', 4, 1],
      ])
    },
  )

  it('makes every variable of .ksyms an int, and puts one in the place of each function', () => {
    const btf = btfOf({
      kfuncs: [{ name: 'first' }, { name: 'second' }],
      ksyms: [
        { name: 'schedule', type: 'const void' },
        { name: 'runqueues', type: 'task' },
      ],
    })
    expect(btf.find('.ksyms', 'datasec')?.size).toBe(16)
    expect(variablesOf(btf, '.ksyms')).toEqual([
      [STAND_IN_NAME, 'global', 'int', 0, 4],
      [STAND_IN_NAME, 'global', 'int', 4, 4],
      ['schedule', 'global', 'int', 8, 4],
      ['runqueues', 'global', 'int', 12, 4],
    ])
  })

  it('makes functions global and names their parameters', () => {
    const btf = btfOf({ kfuncs: [{ name: 'f', params: ['u64', 'pointer'], returns: 'int' }] })
    const fn = btf.find('f', 'func')
    expect(fn?.linkage).toBe('global')
    const proto = fn === undefined ? undefined : btf.type(fn.proto)
    expect(proto).toMatchObject({ params: [{ name: STAND_IN_NAME }, { name: STAND_IN_NAME }] })
  })

  it('keeps names of parameters that have one, and leaves the dots of a variadic function', () => {
    const { btf } = built((b) => {
      const int = b.addInt('int', 4)
      const proto = b.addFuncProto(int, [
        { name: 'count', type: int },
        { name: '', type: 0 as never },
      ])
      b.addDatasec('.ksyms', 0, [{ type: b.addFunc('printk', proto, 'extern'), offset: 0, size: 0 }])
    })
    const allocated = allocateExternTypes(btf, new Map())
    const proto = allocated.find('printk', 'func')?.proto
    expect(proto && allocated.type(proto)).toMatchObject({ params: [{ name: 'count' }, { name: '' }] })
  })

  it('adds an int where the object has none of 32 bits', () => {
    const { btf } = built((b) => {
      b.addDatasec('.ksyms', 0, [{ type: b.addVar('x', b.addInt('long', 8), 'extern'), offset: 0, size: 8 }])
    })
    const allocated = allocateExternTypes(btf, new Map())
    expect(variablesOf(allocated, '.ksyms')).toEqual([['x', 'global', 'int', 0, 4]])
    expect(allocated.find('int', 'int')).toMatchObject({ size: 4, bits: 32, encoding: 'signed' })
  })

  it('keeps every id, and changes nothing of an object without externs', () => {
    const { btf } = built((b) => b.addInt('int', 4))
    expect(allocateExternTypes(btf, new Map())).toBe(btf)
    const bytes = writeExternObject({ kfuncs: [{ name: 'f' }] })
    const spec = parseObject(bytes, 'test.bpf.o')
    const section = spec.elf.sections.find(({ name }) => name === '.BTF')
    const before = Btf.parse(section?.data ?? new Uint8Array(), { name: 'before' })
    expect(spec.btf?.typeCount).toBe(before.typeCount + 1)
    expect(before.idsOfKind('func').map((id) => spec.btf?.nameOf(id))).toEqual(
      before.idsOfKind('func').map((id) => before.nameOf(id)),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ExternObject, writeExternObject } from './extern_object.ts'
import { writeObject } from './object_writer.ts'

const externsOf = (description: ExternObject): ReturnType<typeof parseObject>['externs'] =>
  parseObject(writeExternObject(description), 'test.bpf.o').externs

describe('readExterns', () => {
  it('places variables of .kconfig by alignment, then size, then name, with nothing lost between them', () => {
    const externs = externsOf({
      kconfig: [
        { name: 'CONFIG_B', type: 'char' },
        { name: 'CONFIG_TEXT', type: 'char[5]' },
        { name: 'CONFIG_A', type: 'bool' },
        { name: 'CONFIG_SHORT', type: 'u16' },
        { name: 'CONFIG_LONG', type: 'u64' },
        { name: 'CONFIG_TRI', type: 'tristate' },
      ],
    })
    const places = [...externs.values()].map((extern) =>
      extern.kind === 'kconfig' ? [extern.name, extern.offset, extern.size, extern.holds.kind] : extern.kind,
    )
    expect(places).toEqual([
      ['CONFIG_LONG', 0, 8, 'int'],
      ['CONFIG_TRI', 8, 4, 'tristate'],
      ['CONFIG_SHORT', 12, 2, 'int'],
      ['CONFIG_A', 14, 1, 'bool'],
      ['CONFIG_B', 15, 1, 'char'],
      ['CONFIG_TEXT', 16, 5, 'string'],
    ])
  })

  it('tells functions, variables and addresses of .ksyms apart, by name', () => {
    const externs = externsOf({
      ksyms: [
        { name: 'schedule', type: 'const void' },
        { name: 'runqueues', type: 'task' },
      ],
      kfuncs: [{ name: 'bpf_throw', params: ['u64'] }],
      kconfig: [{ name: 'CONFIG_HZ', type: 'int' }],
    })
    expect([...externs.keys()]).toEqual(['CONFIG_HZ', 'bpf_throw', 'runqueues', 'schedule'])
    expect([...externs.values()].map(({ kind }) => kind)).toEqual(['kconfig', 'kfunc', 'ksym', 'ksym'])
    expect(externs.get('schedule')?.type).toBe(0)
    expect(externs.get('runqueues')?.type).not.toBe(0)
  })

  it('takes one for weak whose symbol is, or that no instruction refers to', () => {
    const externs = externsOf({
      ksyms: [
        { name: 'strong', type: 'int' },
        { name: 'weak', type: 'int', strength: 'weak' },
        { name: 'unused', type: 'int', strength: 'unused' },
      ],
    })
    expect([...externs.values()].filter(({ weak }) => weak).map(({ name }) => name)).toEqual([
      'unused',
      'weak',
    ])
  })

  it('gives a variable that has no size no place, and says so to who refers to it', () => {
    const extern = externsOf({ kconfig: [{ name: 'CONFIG_X', type: 'const void' }] }).get('CONFIG_X')
    expect(extern).toMatchObject({ size: 0, offset: 0, holds: { kind: 'unsupported' } })
  })

  it('refuses variables that take more than anybody needs', () => {
    const object = { kconfig: [{ name: 'CONFIG_X', type: 'char[2000000]' }] }
    const error = bpfErrorOf('OBJECT_UNSUPPORTED', () => externsOf(object))
    expect(error.message).toContain('up to CONFIG_X its variables have more than 1048576 bytes')
  })

  it('finds none in an object without any, or without BTF', () => {
    expect(parseObject(writeObject(), 'test.bpf.o').externs.size).toBe(0)
    expect(parseObject(writeObject({ debugInfo: 'absent' }), 'test.bpf.o').externs.size).toBe(0)
  })
})

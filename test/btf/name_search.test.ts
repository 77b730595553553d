import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { built } from './build.ts'

const named = (...names: string[]): Btf =>
  built((b) => {
    for (const name of names) b.addStruct(name, 0, [])
  }).btf

describe('searching types by name', () => {
  it('finds a name and its flavours, in the order of ids', () => {
    const btf = named('task___v2', 'task', 'tasks', 'task__x', 'my_task', 'task___a___b', 'task____c')
    expect(btf.idsByEssentialName(['task']).get('task')).toEqual([1, 2])
    expect(btf.idsByEssentialName(['task___a']).get('task___a')).toEqual([6])
    expect(btf.idsNamed('task')).toEqual([2])
    expect(btf.idsNamed('task___v2')).toEqual([1])
  })

  it('answers for many names at once, those without types too', () => {
    const btf = named('a', 'ab', 'b', 'a___1', 'nothing')
    const found = btf.idsByEssentialName(['a', 'ab', 'b', 'c', 'a', ''])
    expect([...found]).toEqual([
      ['a', [1, 4]],
      ['ab', [2]],
      ['b', [3]],
      ['c', []],
      ['', []],
    ])
  })

  it('tells names apart that begin, go on in the middle and end alike', () => {
    const names = ['ab1cd1z', 'ab2cd2z', 'ab3cd3z', 'ab1cd2z', 'ab1c', 'ab', 'a', 'ba']
    const btf = named(...names, 'ab4cd4z', 'ab1cd1zz')
    expect([...btf.idsByEssentialName(names)]).toEqual(names.map((name, index) => [name, [index + 1]]))
  })

  it('finds a name that is the tail of another string', () => {
    const builder = new BtfBuilder()
    const offset = builder.string('long_task')
    const id = builder.addRaw({ nameOffset: offset + 5, info: 4 << 24, sizeOrType: 0 })
    const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test' })
    expect(btf.nameOf(id)).toBe('task')
    expect(btf.idsNamed('task')).toEqual([id])
  })

  it('finds names that are not ASCII, and none with a NUL', () => {
    const btf = named('größe', 'x')
    expect(btf.idsNamed('größe')).toEqual([1])
    expect(btf.idsNamed('x\0')).toEqual([])
  })

  it('passes over types whose name is outside of the strings', () => {
    const { btf, ids } = built((b) => {
      b.addRaw({ nameOffset: 0xffffffff, info: 4 << 24, sizeOrType: 0 })
      return b.addStruct('thing', 0, [])
    })
    expect(btf.idsNamed('thing')).toEqual([ids])
  })
})

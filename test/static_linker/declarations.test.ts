import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { readInput } from '../../src/static_linker/input_object.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { externs } from './link.ts'

const declarationsOf = (object: ObjectDescription): ReturnType<typeof readInput>['declarations'] =>
  readInput({ name: 'a.o', bytes: writeObject({ programs: [], ...object }) }).declarations

describe('declarations', () => {
  it('are those of global and extern variables and functions', () => {
    const declarations = declarationsOf({
      programs: [{ name: 'f' }, { name: 'own', linkage: 'static' }],
      data: {
        '.data': [
          { name: 'x', type: 'u32' },
          { name: 'hidden', type: 'u32', linkage: 'static' },
        ],
      },
      ...externs(['missing']),
    })
    expect([...declarations.keys()].sort()).toEqual(['f', 'missing', 'x'])
    expect(declarations.get('x')).toMatchObject({ kind: 'var', section: '.data', size: 8 })
    expect(declarations.get('f')).toMatchObject({ kind: 'func', section: undefined })
  })

  it('of externs without a section are in none, although clang lists them in .extern', () => {
    const declarations = declarationsOf(externs(['missing'], { section: '.extern' }))
    expect(declarations.get('missing')?.section).toBeUndefined()
  })

  it('say the more of two that an object has', () => {
    const declarations = declarationsOf({
      types: (b, { int }) => {
        b.addVar('x', int!, 'extern')
        const listed = b.addVar('x', int!, 'extern')
        b.addDatasec('.ksyms', 0, [{ type: listed, offset: 0, size: 4 }])
        b.addVar('x', int!, 'extern')
        return {}
      },
    })
    expect(declarations.get('x')).toMatchObject({ section: '.ksyms', id: typeId(8) })
  })
})

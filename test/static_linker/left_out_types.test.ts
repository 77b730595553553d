import { describe, expect, it } from 'vitest'
import type { ObjectDescription } from '../object/object_writer.ts'
import { externs, link, typesOf } from './link.ts'

const none: ObjectDescription = { programs: [] }

describe('types', () => {
  it('of symbols that are not there are left out, and their tags', () => {
    const elf = link({
      ...none,
      types: (b, { int }) => {
        const gone = b.addVar('gone', int!, 'global')
        b.addDeclTag('of what is gone', gone, -1)
        b.addDeclTag('of a struct', b.addStruct('s', 4, []), -1)
        return {}
      },
    })
    expect(typesOf(elf, 'var')).toEqual([])
    expect(typesOf(elf, 'decl_tag').map(({ name }) => name)).toEqual(['of a struct'])
  })

  it('of extern functions are not left over', () => {
    const use = { ...none, ...externs(['f'], { kind: 'func' }) }
    const defines: ObjectDescription = {
      ...none,
      types: (b, { int }) => {
        b.addFunc('f', b.addFuncProto(int!, [{ name: 'x', type: int! }]), 'global')
        return {}
      },
      extraSections: [{ name: '.text', flags: 6n, data: new Uint8Array(8) }],
      extraSymbols: [{ name: 'f', section: '.text', type: 2, binding: 1, size: 8n }],
    }
    const withArgument: ObjectDescription = {
      ...use,
      types: (b, { int }) => {
        b.addFunc('f', b.addFuncProto(int!, [{ name: '', type: int! }]), 'extern')
        return {}
      },
    }
    const elf = link(withArgument, defines)
    expect(typesOf(elf, 'func_proto').map(({ params }) => params.map(({ name }) => name))).toEqual([['x']])
    expect(typesOf(elf, 'func')).toMatchObject([{ name: 'f', linkage: 'global' }])
  })

  it('of an extern function stay where something else refers to them', () => {
    const use: ObjectDescription = {
      ...none,
      ...externs(['f'], { kind: 'func' }),
      types: (b, { int }) => {
        const proto = b.addFuncProto(int!, [{ name: '', type: int! }])
        b.addFunc('f', proto, 'extern')
        b.addTypedef('callback', b.addPtr(proto))
        return {}
      },
    }
    const defines: ObjectDescription = {
      ...none,
      types: (b, { int }) => {
        b.addFunc('f', b.addFuncProto(int!, [{ name: 'x', type: int! }]), 'global')
        return {}
      },
      extraSections: [{ name: '.text', flags: 6n, data: new Uint8Array(8) }],
      extraSymbols: [{ name: 'f', section: '.text', type: 2, binding: 1, size: 8n }],
    }
    const names = typesOf(link(use, defines), 'func_proto').map(({ params }) =>
      params.map(({ name }) => name),
    )
    expect(names.sort()).toEqual([[''], ['x']])
  })
})

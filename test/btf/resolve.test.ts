import { expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { resolve, skipModifiers } from '../../src/btf/resolve.ts'
import { built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

it('resolves through typedefs, qualifiers and type tags, and skips modifiers up to a typedef', () => {
  const { btf, ids } = built((b) => {
    const int = b.addInt('int', 4)
    const inner = b.addTypedef('inner', b.addModifier('const', int))
    const outer = b.addModifier('volatile', b.addModifier('restrict', b.addTypeTag('user', inner)))
    return { int, inner, outer }
  })
  expect(resolve(btf, ids.outer).id).toBe(ids.int)
  expect(skipModifiers(btf, ids.outer).id).toBe(ids.inner)
})

it('refuses typedefs and qualifiers that go in a circle', () => {
  const { btf, ids } = built((b) => ({
    typedef: b.addTypedef('loop', b.nextId),
    qualifier: b.addModifier('const', b.nextId),
    long: b.addTypedef('a', typeId(4)),
    back: b.addModifier('const', typeId(3)),
  }))
  for (const id of Object.values(ids)) expectBtfError(() => resolve(btf, id), 'BTF_TOO_DEEP')
  expectBtfError(() => skipModifiers(btf, ids.qualifier), 'BTF_TOO_DEEP')
  expect(skipModifiers(btf, ids.back).id).toBe(ids.long)
})

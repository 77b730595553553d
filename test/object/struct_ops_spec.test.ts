import { expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { StructOpsSpec } from '../../src/object/struct_ops_spec.ts'

it('a struct_ops spec remembers what its initializer named, whatever becomes of the functions', () => {
  const functions = new Map([[0, 'first']])
  const spec = new StructOpsSpec(typeId(3), functions)
  spec.functions.set(0, 'second')
  expect([...functions.values()]).toEqual(['first'])
  expect([...spec.initial]).toEqual(['first'])
  const snapshot = spec.snapshot()
  spec.functions.clear()
  expect(snapshot).toEqual({ type: 3, functions: new Map([[0, 'second']]), initial: new Set(['first']) })
})

import { expect, it } from 'vitest'
import { essentialName } from '../../src/btf/essential_name.ts'

it.each([
  ['task_struct', 'task_struct'],
  ['task_struct___v2', 'task_struct'],
  ['a___b___c', 'a___b'],
  ['a____b', 'a____b'],
  ['___a', '___a'],
  ['a___', 'a___'],
  ['a__b', 'a__b'],
  ['a___b', 'a'],
  ['', ''],
])('takes the flavour off %j and leaves %j', (name, essential) => {
  expect(essentialName(name)).toBe(essential)
})

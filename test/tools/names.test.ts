import { expect, it } from 'vitest'
import { tools } from '../../src/tools/index.ts'
import { toolNames } from '../../src/tools/names.ts'

it('has the names of all tools', () => {
  expect(toolNames).toEqual(tools.map(({ name }) => name))
})

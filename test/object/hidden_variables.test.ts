import { expect, it } from 'vitest'
import { STV_DEFAULT, STV_HIDDEN, STV_INTERNAL } from '../../src/elf/constants.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type ObjectDescription, writeObject } from './object_writer.ts'

const linkageOf = (description: ObjectDescription, variable: string): string | undefined =>
  parseObject(writeObject(description), 'test.bpf.o').btf?.find(variable, 'var')?.linkage

const data: NonNullable<ObjectDescription['data']> = {
  '.data': [
    { name: 'shared', type: 'u64' },
    { name: 'offered', type: 'u64' },
  ],
}

it.each([
  ['static', STV_HIDDEN],
  ['static', STV_INTERNAL],
  ['global', STV_DEFAULT],
])('makes a variable %s whose visibility is %i, and no other', (linkage, visibility) => {
  const description = { data, symbolLies: { shared: { visibility } } }
  expect(linkageOf(description, 'shared')).toBe(linkage)
  expect(linkageOf(description, 'offered')).toBe('global')
})

it('leaves functions of the same name alone', () => {
  const description: ObjectDescription = {
    data,
    programs: [{ name: 'program' }],
    symbolLies: { program: { visibility: STV_HIDDEN } },
  }
  expect(linkageOf(description, 'shared')).toBe('global')
})

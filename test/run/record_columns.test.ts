import { expect, it } from 'vitest'
import type { RecordShape, ScalarShape } from '../../src/btf/value_shape.ts'
import { memberColumns } from '../../src/run/record_columns.ts'

const u32: ScalarShape = { kind: 'scalar', format: 'u32', size: 4 }

it('makes a column of each member, numbers to the right', () => {
  const shape: RecordShape = {
    kind: 'record',
    of: 'struct',
    size: 200,
    fields: [
      { name: 'pid', offset: 0, shape: u32 },
      { name: 'duration_of_it', offset: 4, shape: u32 },
      { name: 'comm', offset: 8, shape: { kind: 'text', size: 16 } },
      { name: 'path', offset: 24, shape: { kind: 'text', size: 128 } },
      {
        name: 'bits',
        offset: 152,
        shape: { kind: 'bits', size: 1, bit: 0, bits: 7, signed: false, result: 'number' },
      },
      {
        name: 'kind',
        offset: 156,
        shape: { kind: 'enum', size: 4, number: u32, names: new Map(), values: new Map([['LAUNCH', 0]]) },
      },
      { name: 'all', offset: 160, shape: { kind: 'array', size: 8, length: 2, element: u32 } },
    ],
  }
  expect(memberColumns(shape).map(({ title, width, align }) => [title, width, align])).toEqual([
    ['PID', 7, 'right'],
    ['DURATION_OF_IT', 14, 'right'],
    ['COMM', 15, 'left'],
    ['PATH', 32, 'left'],
    ['BITS', 4, 'right'],
    ['KIND', 6, 'left'],
    ['ALL', 32, 'left'],
  ])
})

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
      { name: 'task', offset: 168, shape: { kind: 'scalar', format: 'u64', size: 8, isAddress: true } },
      { name: 'all', offset: 160, shape: { kind: 'array', size: 8, length: 2, element: u32 } },
      { name: 'many', offset: 160, shape: { kind: 'array', size: 40, length: 10, element: u32 } },
      { name: 'flags', offset: 160, shape: { kind: 'array', size: 0, length: 0, element: u32 } },
      {
        name: 'point',
        offset: 192,
        shape: {
          kind: 'record',
          of: 'struct',
          size: 6,
          fields: [
            { name: 'x', offset: 0, shape: u32 },
            { name: 'id', offset: 4, shape: { kind: 'text', size: 2 } },
          ],
        },
      },
    ],
  }
  expect(memberColumns(shape).map(({ title, width, align, base }) => [title, width, align, base])).toEqual([
    ['PID', 7, 'right', 10],
    ['DURATION_OF_IT', 14, 'right', 10],
    ['COMM', 15, 'left', 10],
    ['PATH', 32, 'left', 10],
    ['BITS', 4, 'right', 10],
    ['KIND', 6, 'left', 10],
    ['TASK', 18, 'right', 16],
    // [1234567,1234567]
    ['ALL', 17, 'left', 10],
    ['MANY', 32, 'left', 10],
    ['FLAGS', 5, 'left', 10],
    // {"x":1234567,"id":"a"}
    ['POINT', 22, 'left', 10],
  ])
})

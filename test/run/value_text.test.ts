import { describe, expect, it } from 'vitest'
import type { ScalarShape, ValueShape } from '../../src/btf/value_shape.ts'
import { expectedValue, parseValue, valueWord } from '../../src/run/value_text.ts'

const scalar = (format: ScalarShape['format'], size: number): ScalarShape => ({
  kind: 'scalar',
  format,
  size,
})

const u32 = scalar('u32', 4)
const kind: ValueShape = {
  kind: 'enum',
  size: 4,
  number: u32,
  names: new Map([
    [0, 'EXEC'],
    [1, 'EXIT'],
  ]),
  values: new Map([
    ['EXEC', 0],
    ['EXIT', 1],
  ]),
}
const text: ValueShape = { kind: 'text', size: 16 }
const pair: ValueShape = { kind: 'array', size: 8, length: 2, element: u32 }
const record: ValueShape = {
  kind: 'record',
  of: 'struct',
  size: 40,
  fields: [
    { name: 'least', offset: 0, shape: scalar('u64', 8) },
    { name: 'codes', offset: 8, shape: pair },
    { name: 'name', offset: 16, shape: text },
    { name: 'on', offset: 32, shape: scalar('bool', 1) },
  ],
}

describe('parseValue', () => {
  it.each([
    [u32, '5', 5n],
    [u32, '0x1F', 31n],
    [scalar('i64', 8), '-7', -7n],
    [scalar('u64', 8), '18446744073709551615', 18446744073709551615n],
    [scalar('bool', 1), 'true', true],
    [scalar('bool', 1), '0', false],
    [scalar('f64', 8), '-1.5e3', -1500],
    [kind, 'EXIT', 'EXIT'],
    [kind, '7', 7n],
    [text, '007', '007'],
    [text, '', ''],
    [pair, '[1, "0x2"]', [1n, 2n]],
    [record, '{"least":"18446744073709551615","on":true}', { least: 18446744073709551615n, on: true }],
    [record, '{"codes":[1,2],"name":"a"}', { codes: [1n, 2n], name: 'a' }],
    [{ kind: 'bits', size: 1, bit: 0, bits: 3, signed: false, result: 'number' } as const, '5', 5n],
  ])('reads a value of %o from %j', (shape, given, value) => {
    expect(parseValue(shape, given)).toEqual(value)
  })

  it.each([
    [u32, ''],
    [u32, '1.5'],
    [u32, '0x'],
    [u32, ' 1'],
    [u32, '1n'],
    [u32, '9'.repeat(41)],
    [scalar('bool', 1), 'yes'],
    [scalar('bool', 1), '__proto__'],
    [scalar('f64', 8), 'Infinity'],
    [kind, 'FORK'],
    [pair, '[1]'],
    [pair, '1'],
    [pair, '[1,'],
    [pair, '[1,null]'],
    [pair, '[1,[2]]'],
    [record, '[]'],
    [record, 'null'],
    [record, '{"more":1}'],
    [record, '{"name":5}'],
    [record, '{"on":"yes"}'],
  ])('does not read a value of %o from %j', (shape, given) => {
    expect(parseValue(shape, given)).toBeUndefined()
  })
})

describe('expectedValue', () => {
  it('says what there may be', () => {
    expect([u32, scalar('i8', 1), scalar('bool', 1), kind, text, pair, record].map(expectedValue)).toEqual([
      'an integer from 0 to 4294967295',
      'an integer from -128 to 127',
      'true or false',
      'EXEC, EXIT, or a number',
      'text of at most 15 bytes',
      'a JSON array of 2 elements',
      'a JSON object with members among least, codes, name, on',
    ])
  })
})

describe('valueWord', () => {
  it('is short', () => {
    expect([u32, kind, text, pair, record].map(valueWord)).toEqual(['u32', 'name', 'text', 'json', 'json'])
  })
})

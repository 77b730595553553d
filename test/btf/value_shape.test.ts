import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { valueShape } from '../../src/btf/value_shape.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

it('is built once for each type', () => {
  const { btf, ids } = built(addBasics)
  expect(valueShape(btf, ids.u32)).toBe(valueShape(btf, ids.u32))
  expect(valueShape(btf, ids.u32)).toEqual({ kind: 'scalar', size: 4, format: 'u32' })
})

describe('types without values', () => {
  const member = (type: TypeId, bitOffset: number, bitfieldSize = 0) => [
    { name: 'x', type, bitOffset, bitfieldSize },
  ]
  const cases: [string, 'BTF_NOT_A_VALUE' | 'BTF_TOO_DEEP', (b: BtfBuilder) => TypeId][] = [
    ['void', 'BTF_NOT_A_VALUE', () => VOID],
    ['a forward declaration', 'BTF_NOT_A_VALUE', (b) => b.addFwd('f', 'struct')],
    ['a datasec', 'BTF_NOT_A_VALUE', (b) => b.addDatasec('.data', 0, [])],
    ['a float of 16 bytes', 'BTF_NOT_A_VALUE', (b) => b.addFloat('long double', 16)],
    ['an integer of 3 bytes', 'BTF_NOT_A_VALUE', (b) => b.addInt('x', 3)],
    ['an integer of no bits', 'BTF_NOT_A_VALUE', (b) => b.addInt('x', 4, { bits: 0 })],
    [
      'a member behind its struct',
      'BTF_NOT_A_VALUE',
      (b) => b.addStruct('s', 4, member(b.addInt('u32', 4), 8)),
    ],
    [
      'a bitfield wider than its type',
      'BTF_NOT_A_VALUE',
      (b) => b.addStruct('s', 8, member(b.addInt('u8', 1), 0, 9)),
    ],
    ['a bitfield of pointers', 'BTF_NOT_A_VALUE', (b) => b.addStruct('s', 8, member(b.addPtr(VOID), 0, 3))],
    ['a pointer at an odd bit', 'BTF_NOT_A_VALUE', (b) => b.addStruct('s', 16, member(b.addPtr(VOID), 1))],
    ['a struct that contains itself', 'BTF_TOO_DEEP', (b) => b.addStruct('s', 8, member(b.nextId, 0))],
    ['an array of itself', 'BTF_TOO_DEEP', (b) => b.addArray(b.nextId, VOID, 1)],
    ['a var of itself', 'BTF_TOO_DEEP', (b) => b.addVar('v', b.nextId, 'static')],
    ['many empty structs', 'BTF_TOO_DEEP', (b) => b.addArray(b.addStruct('s', 0, []), VOID, 0xffffffff)],
  ]
  it.each(cases)('are refused: %s', (_, code, add) => {
    const { btf, ids } = built((b) => {
      b.addInt('first', 4)
      return add(b)
    })
    const error = expectBtfError(() => valueShape(btf, ids), code)
    expect(error.message).toMatch(new RegExp(`type ${ids}\\b`))
  })

  it.each(['', 'named'])('are refused where members %j share bytes many levels deep', (prefix) => {
    const { btf, ids } = built((b) => {
      let id = b.addInt('int', 4)
      for (let level = 0; level < 28; level++) {
        const names =
          level === 0 ? ['a', 'b', 'c', 'd'] : prefix === '' ? ['', '', '', ''] : ['a', 'b', 'c', 'd']
        id = b.addStruct(
          's',
          4,
          names.map((name) => ({ name, type: id, bitOffset: 0 })),
        )
      }
      return id
    })
    if (prefix === '') expect(valueShape(btf, ids).kind).toBe('record')
    else expectBtfError(() => valueShape(btf, ids), 'BTF_TOO_DEEP')
  })

  it('say what is wrong with a member of a type that is not there', () => {
    const { btf, ids } = built((b) => b.addStruct('s', 8, member(typeId(77), 0)))
    expectBtfError(() => valueShape(btf, ids), 'BTF_NO_SUCH_TYPE')
  })
})

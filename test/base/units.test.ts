import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  bitOffset,
  byteOffset,
  fdNumber,
  insnIndex,
  sectionIndex,
  symbolIndex,
  typeId,
  VOID,
  type ByteOffset,
  type InsnIndex,
} from '../../src/base/units.ts'

describe('units', () => {
  it.each([bitOffset, byteOffset, fdNumber, insnIndex, sectionIndex, symbolIndex, typeId])(
    '%o gives the bare number at run time',
    (unit) => {
      expect(unit(7)).toBe(7)
    },
  )

  it('cannot be passed for each other or made from a bare number without their constructor', () => {
    expectTypeOf<InsnIndex>().not.toExtend<ByteOffset>()
    expectTypeOf<number>().not.toExtend<ByteOffset>()
    expectTypeOf<ByteOffset>().toExtend<number>()
  })

  it('has type id 0 for void', () => {
    expect(VOID).toBe(0)
  })
})

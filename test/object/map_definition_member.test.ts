import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import {
  arrayTargetOf,
  type AttributeMember,
  numberOf,
  wideNumberOf,
} from '../../src/object/map_definition_member.ts'
import { ObjectError } from '../../src/object/object_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function member(build: (builder: BtfBuilder, int: TypeId) => TypeId): AttributeMember {
  const builder = new BtfBuilder()
  const type = build(builder, builder.addInt('int', 4, { encoding: 'signed' }))
  const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test.bpf.o' })
  return { btf, type, fail: (found) => new ObjectError('OBJECT_BAD_MAP', found) }
}

describe('a member of a map definition', () => {
  it('is a number however its type is wrapped', () => {
    const wrapped = member((builder, int) =>
      builder.addTypedef('number', builder.addPtr(builder.addArray(int, int, 9))),
    )
    expect(numberOf(wrapped)).toBe(9)
    expect(wideNumberOf(wrapped)).toBe(9n)
  })

  it('is refused as a 64-bit number where its enum has two', () => {
    const two = member((builder) =>
      builder.addEnum64('', {
        size: 8,
        signed: false,
        enumerators: [
          { name: 'a', value: 1n },
          { name: 'b', value: 2n },
        ],
      }),
    )
    expect(bpfErrorOf('OBJECT_BAD_MAP', () => wideNumberOf(two)).message).toContain('an enum of 2 values')
  })

  it('is an array of pointers of unknown length, or refused', () => {
    const lengthOne = member((builder, int) => builder.addArray(builder.addPtr(int), int, 1))
    expect(bpfErrorOf('OBJECT_BAD_MAP', () => arrayTargetOf(lengthOne)).message).toContain('unknown length')
    const ofInts = member((builder, int) => builder.addArray(int, int, 0))
    expect(bpfErrorOf('OBJECT_BAD_MAP', () => arrayTargetOf(ofInts)).message).toContain('an array of int')
  })
})

import { describe, expect, it } from 'vitest'
import { byteOffset, typeId, type TypeId } from '../../src/base/units.ts'
import type { GlobalVariable } from '../../src/object/globals.ts'
import { decodeVariable, encodeVariable } from '../../src/object/variable_codec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'

const { btf, ids } = built((builder) => {
  const { u8, u32, u64, int } = addBasics(builder)
  const flexible = builder.addStruct('flexible', 4, [
    { name: 'count', type: u32, bitOffset: 0 },
    { name: 'rest', type: builder.addArray(u8, int, 0), bitOffset: 32 },
  ])
  return { u64, flexible, large: builder.addArray(u8, int, 2 ** 24 + 1) }
})

function variable(type: TypeId, size: number): GlobalVariable {
  return { name: 'a', sectionName: '.bss', offset: byteOffset(0), size, type, linkage: 'global' }
}

describe('a variable', () => {
  it('is encoded to the bytes that are decoded to it', () => {
    const bytes = encodeVariable(btf, variable(ids.u64, 8), 258n)
    expect([...bytes]).toEqual([2, 1, 0, 0, 0, 0, 0, 0])
    expect(decodeVariable(btf, variable(ids.u64, 8), bytes)).toBe(258n)
  })

  it('that has less room than its type is neither read nor written, since others follow it', () => {
    const error = bpfErrorOf('OBJECT_UNSUPPORTED', () => encodeVariable(btf, variable(ids.u64, 4), 1n))
    expect(error.message).toContain('it has 4 bytes, and its type 8')
    bpfErrorOf('OBJECT_UNSUPPORTED', () => decodeVariable(btf, variable(ids.u64, 4), new Uint8Array(4)))
  })

  it('that ends with an array of unknown length has the elements of that left alone', () => {
    const bytes = encodeVariable(btf, variable(ids.flexible, 10), { count: 6 })
    expect([...bytes]).toEqual([6, 0, 0, 0])
    expect(decodeVariable(btf, variable(ids.flexible, 10), new Uint8Array(10))).toEqual({
      count: 0,
      rest: [],
    })
  })

  it('that is larger than any value is left to those who read bytes', () => {
    const large = variable(ids.large, 2 ** 24 + 1)
    const error = bpfErrorOf('OBJECT_UNSUPPORTED', () => decodeVariable(btf, large, new Uint8Array()))
    expect(error.message).toContain('cannot take global variable a for a value: it has 16777217 bytes')
    expect(error.section).toBe('.bss')
    bpfErrorOf('OBJECT_UNSUPPORTED', () => encodeVariable(btf, large, new Uint8Array()))
  })

  it('of a type that is not there says so', () => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () => decodeVariable(btf, variable(typeId(99), 8), new Uint8Array(8)))
  })
})

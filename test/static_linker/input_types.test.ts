import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { readInputTypes, textOf } from '../../src/static_linker/input_types.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function btfOf(build: (builder: BtfBuilder) => void): Btf {
  const builder = new BtfBuilder()
  build(builder)
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'a.o' })
}

describe('readInputTypes', () => {
  it('gives names as bytes', () => {
    const types = readInputTypes(btfOf((b) => b.addInt('é', 4)))
    expect(types.count).toBe(1)
    expect(types.nameOf(typeId(1))).toBe('\u00c3\u00a9')
    expect(textOf(types.nameOf(typeId(1)))).toBe('é')
  })

  it('refuses a reference to a type that there is not', () => {
    const error = bpfErrorOf('LINK_BAD_TYPES', () => readInputTypes(btfOf((b) => b.addPtr(typeId(9)))))
    expect(error.message).toContain(
      'a.o: cannot link its types: type 1 (ptr) refers to type 9, and the last one is 1',
    )
  })

  it('refuses a name of a length that nothing can have', () => {
    bpfErrorOf('LINK_BAD_TYPES', () => readInputTypes(btfOf((b) => b.addInt('x'.repeat(70_000), 4))))
  })

  it('refuses a string outside of the strings', () => {
    const bad = btfOf((b) => b.addRaw({ nameOffset: 5000, info: 2 << 24, sizeOrType: 0 }))
    bpfErrorOf('BTF_BAD_STRING', () => readInputTypes(bad))
  })
})

import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { Trampolines } from '../../src/probes/trampoline.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { at } from '../core/members.ts'

/** Whether a function with these parameters fits, and one that returns the first of them. */
function fits(params: (builder: BtfBuilder) => readonly TypeId[]): { taken: boolean; returned: boolean } {
  const { btf, ids } = built((builder) => {
    const types = params(builder)
    const named = types.map((type) => ({ name: type === 0 ? '' : 'p', type }))
    const taken = builder.addFunc('taken', builder.addFuncProto(0 as TypeId, named), 'static')
    const returned = builder.addFunc(
      'returned',
      builder.addFuncProto(types[0] ?? (0 as TypeId), []),
      'static',
    )
    return { taken, returned }
  })
  const trampolines = new Trampolines(btf)
  return { taken: trampolines.fits(ids.taken), returned: trampolines.fits(ids.returned) }
}

const structOf = (builder: BtfBuilder, size: number): TypeId =>
  builder.addStruct('s', size, [at(0, 'first', addBasics(builder).u32)])

describe('Trampolines', () => {
  it('has numbers, pointers and nothing at all', () => {
    expect(fits((builder) => [addBasics(builder).int])).toEqual({ taken: true, returned: true })
    expect(fits((builder) => [builder.addPtr(structOf(builder, 64))])).toEqual({
      taken: true,
      returned: true,
    })
    expect(fits(() => [])).toEqual({ taken: true, returned: true })
  })

  it('has structs of up to 16 bytes as arguments, under whatever name, and none as results', () => {
    const wrapped = (size: number) => (builder: BtfBuilder) => [
      builder.addTypedef('s_t', builder.addModifier('const', structOf(builder, size))),
    ]
    expect(fits(wrapped(16))).toEqual({ taken: true, returned: false })
    expect(fits(wrapped(17))).toEqual({ taken: false, returned: false })
  })

  it('has twelve arguments and no others behind them', () => {
    const many = (count: number) => (builder: BtfBuilder) => {
      const { int } = addBasics(builder)
      return Array.from({ length: count }, () => int)
    }
    expect(fits(many(12)).taken).toBe(true)
    expect(fits(many(13)).taken).toBe(false)
    expect(fits((builder) => [addBasics(builder).int, 0 as TypeId]).taken).toBe(false)
  })

  it('has no end of typedefs', () => {
    const { btf, ids } = built((builder) => {
      const circle = builder.addTypedef('circle', 1 as TypeId)
      return builder.addFunc('f', builder.addFuncProto(circle, []), 'static')
    })
    expect(new Trampolines(btf).fits(ids)).toBe(false)
  })

  it('refuses types that are not there', () => {
    const { btf, ids } = built((builder) =>
      builder.addFunc('f', builder.addFuncProto(0 as TypeId, [{ name: 'p', type: 999 as TypeId }]), 'static'),
    )
    bpfErrorOf('BTF_NO_SUCH_TYPE', () => new Trampolines(btf).fits(ids))
  })
})

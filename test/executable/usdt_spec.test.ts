import { describe, expect, it } from 'vitest'
import { usdtSpec } from '../../src/executable/usdt_spec.ts'

describe('usdtSpec', () => {
  it('says of each argument where it is and how many bits of it count', () => {
    const { args, usdt_cookie, arg_cnt } = usdtSpec(
      [
        { size: 4, isSigned: true, location: { kind: 'register', register: 112 } },
        { size: 8, isSigned: false, location: { kind: 'memory', register: 32, offset: -16n } },
        { size: 1, isSigned: true, location: { kind: 'constant', value: -3n } },
      ],
      99n,
    )
    expect({ usdt_cookie, arg_cnt }).toEqual({ usdt_cookie: 99n, arg_cnt: 3 })
    expect(args.slice(0, 3)).toEqual([
      { val_off: 0n, arg_type: 1, reg_off: 112, arg_signed: true, arg_bitshift: 32 },
      { val_off: 2n ** 64n - 16n, arg_type: 2, reg_off: 32, arg_signed: false, arg_bitshift: 0 },
      { val_off: 2n ** 64n - 3n, arg_type: 0, reg_off: 0, arg_signed: true, arg_bitshift: 56 },
    ])
  })

  it('sets the members for an index where there is one', () => {
    const location = { kind: 'indexed', register: 32, offset: 8n, index: 80, scale: 4 } as const
    expect(usdtSpec([{ size: 2, isSigned: false, location }], 0n).args[0]).toEqual({
      val_off: 8n,
      arg_type: 3,
      reg_off: 32,
      arg_signed: false,
      arg_bitshift: 48,
      idx_reg_off: 80,
      scale_bitshift: 2,
    })
  })

  it('always has twelve', () => {
    expect(usdtSpec([], 0n).args).toHaveLength(12)
  })
})

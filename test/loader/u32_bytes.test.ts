import { expect, it } from 'vitest'
import { u32Bytes } from '../../src/loader/u32_bytes.ts'

it('writes 32 bits, lowest byte first, and zeros behind them', () => {
  expect([...u32Bytes(0xfffe_0102)]).toEqual([2, 1, 0xfe, 0xff])
  expect([...u32Bytes(5, 8)]).toEqual([5, 0, 0, 0, 0, 0, 0, 0])
})

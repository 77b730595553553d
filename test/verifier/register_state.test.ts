import { describe, expect, it } from 'vitest'
import { readRegisterState } from '../../src/verifier/register_state.ts'

const valuesOf = (state: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readRegisterState(state).registers.map(({ register, value }) => [register, value]))

describe('readRegisterState', () => {
  it('reads values with spaces in them', () => {
    expect(valuesOf('R1=ctx() R3=scalar(smin=0,smax=umax=0xff,var_off=(0x0; 0xff)) R10=fp0')).toEqual({
      R1: 'ctx()',
      R3: 'scalar(smin=0,smax=umax=0xff,var_off=(0x0; 0xff))',
      R10: 'fp0',
    })
  })

  it('leaves out how a register was used, which older kernels write beside its name', () => {
    expect(valuesOf('R0_w=inv1 R1_rwD=ctx(id=0,off=0,imm=0) fp-8_w=map_value')).toEqual({
      R0: 'inv1',
      R1: 'ctx(id=0,off=0,imm=0)',
      'fp-8': 'map_value',
    })
  })

  it('reads the stack, what has to be released, and a callback', () => {
    expect(valuesOf('R10=fp0 fp-8=0000???? fp-16=mmmmmmmm refs=2,3 cb async_cb')).toEqual({
      R10: 'fp0',
      'fp-8': '0000????',
      'fp-16': 'mmmmmmmm',
      refs: '2,3',
    })
  })

  it('tells the frame', () => {
    expect(readRegisterState('frame2: R1=fp[0]-8')).toEqual({
      frame: 2,
      text: 'R1=fp[0]-8',
      registers: [{ register: 'R1', value: 'fp[0]-8' }],
    })
    expect(readRegisterState('R1=fp-8').frame).toBe(0)
  })

  it('finds no register where there is none', () => {
    expect(readRegisterState('')).toEqual({ frame: 0, text: '', registers: [] })
    expect(readRegisterState('frame1:').registers).toEqual([])
    expect(readRegisterState('an R1 and nothing = else').registers).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import type { WalkEntry } from '../../../src/explain/explanation.ts'
import { changesOf, stepState } from '../../../src/explain/page/walk.ts'

const step = (rest: Partial<WalkEntry>): WalkEntry => ({
  insn: 0,
  state: '',
  changes: '',
  event: '',
  decision: undefined,
  ...rest,
})

const walk = [
  step({ state: 'R1=ctx() R10=fp0', changes: 'R1=ctx() R6=ctx()' }),
  step({ changes: 'R1=scalar(umax=255,var_off=(0x0; 0xff)) R6=ctx()' }),
  step({}),
  step({ state: 'R0=0 R10=fp0', event: 'takes up the branch of instruction 2' }),
]

describe('a step of a walk', () => {
  it('has what is known before it, and of that what is new', () => {
    const { registers, changed } = stepState(walk, 2)
    expect(registers).toEqual([
      { register: 'R1', value: 'scalar(umax=255,var_off=(0x0; 0xff))' },
      { register: 'R6', value: 'ctx()' },
      { register: 'R10', value: 'fp0' },
    ])
    expect([...changed]).toEqual(['R1'])
  })

  it('has nothing that is new at the beginning, and where a path is taken up', () => {
    expect(stepState(walk, 0).changed.size).toBe(0)
    expect(stepState(walk, 3)).toEqual({
      registers: [
        { register: 'R0', value: '0' },
        { register: 'R10', value: 'fp0' },
      ],
      changed: new Set(),
    })
  })

  it('changes what it wrote, and not what it read', () => {
    const names = changesOf(walk).map((changes) => changes.map(({ register }) => register))
    expect(names).toEqual([['R6'], ['R1'], [], []])
  })
})

import { describe, expect, it } from 'vitest'
import type { WalkEntry } from '../../src/explain/explanation.ts'
import { registersAt } from '../../src/explain/known_registers.ts'
import { verifierChapter } from '../../src/explain/verifier_chapter.ts'

const entry = (insn: number, state: string, changes: string): WalkEntry => ({
  insn,
  state,
  changes,
  event: '',
  decision: undefined,
})

describe('registersAt', () => {
  const walk = [
    entry(0, 'R1=ctx() R10=fp0', 'R6=ctx()'),
    entry(1, '', 'R1=4 fp-8=mmmmmmmm'),
    entry(2, '', ''),
    entry(3, 'R0=scalar() R10=fp0', ''),
  ]

  it('adds up what changed since all were told, registers first and then the stack', () => {
    expect(walk.map((_, index) => registersAt(walk, index))).toEqual([
      'R1=ctx() R10=fp0',
      'R1=ctx() R6=ctx() R10=fp0',
      'R1=4 R6=ctx() R10=fp0 fp-8=mmmmmmmm',
      'R0=scalar() R10=fp0',
    ])
  })

  it('knows nothing where nothing was told', () => {
    expect(registersAt([entry(0, '', '')], 0)).toBe('')
    expect(registersAt([], 0)).toBe('')
  })
})

describe('the walk of a log', () => {
  const log = [
    'func#0 @0',
    '0: R1=ctx() R10=fp0',
    '0: (bf) r6 = r1                       ; R1=ctx() R6_w=ctx()',
    '1: (85) call bpf_ktime_get_ns#5       ; R0_w=scalar()',
    '2: (15) if r0 == 0x0 goto pc+1        ; R0_w=scalar(umin=1)',
    '3: (b7) r0 = 0                        ; R0_w=0',
    '4: (95) exit',
    '',
    'from 2 to 4: R0_w=0 R6_w=ctx() R10=fp0',
    '4: (95) exit',
    'processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
  ].join('\n')
  const [report] = verifierChapter(
    new Map([['p', {} as never]]),
    new Map([['p', { verdict: 'accepted', log }]]),
  ).programs

  it('tells all registers in the beginning, behind calls and where a path is taken up', () => {
    expect(report?.walk.map(({ insn, state }) => [insn, state !== ''])).toEqual([
      [0, true],
      [1, false],
      [2, true],
      [3, false],
      [4, false],
      [4, true],
    ])
    expect(report?.walk[5]?.event).toContain('goes on from 2 to 4')
  })

  it('forgets r1 to r5 in a call', () => {
    const walk = report?.walk ?? []
    expect(registersAt(walk, 1)).toBe('R1=ctx() R6_w=ctx() R10=fp0'.replace('R6_w', 'R6'))
    expect(registersAt(walk, 2)).toBe('R0=scalar() R6=ctx() R10=fp0')
    expect(registersAt(walk, 4)).toBe('R0=0 R6=ctx() R10=fp0')
  })
})

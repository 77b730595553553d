import { describe, expect, it } from 'vitest'
import { type FailingPath, failingPath } from '../../src/verifier/failing_path.ts'
import { parseVerifierLog } from '../../src/verifier/parse_log.ts'
import { kernelLogs, logOf } from './kernel_logs.ts'

const pathOf = (log: string): FailingPath | undefined => failingPath(parseVerifierLog(log))

/** `3` for a visit, `3+` where the jump was taken, `3-` where not, `2>4` for a branch. */
function stepsOf(path: FailingPath | undefined): string {
  const signs = { taken: '+', 'not taken': '-' }
  return (path?.steps ?? [])
    .map(({ entry, decision }) => {
      if (entry.kind === 'visit') return `${entry.insn}${decision === undefined ? '' : signs[decision]}`
      return entry.kind === 'branch' ? `${entry.from}>${entry.to}` : entry.of
    })
    .join(' ')
}

const visitsOf = (path: FailingPath | undefined): readonly string[] =>
  (path?.steps ?? []).flatMap(({ entry, decision }) =>
    entry.kind === 'visit' ? [`${entry.insn} ${entry.text} ${decision}`] : [],
  )

const joined = (...lines: readonly string[]): string => `${lines.join('\n')}\n`

describe('the path that failed', () => {
  // A log of level 1 has one path only, because the verifier takes the others back.
  it.each(kernelLogs)(
    'is the same at both levels of the log: Linux $kernel, $program',
    ({ level1, level2 }) => {
      const [short, long] = [pathOf(level1), pathOf(level2)]
      expect(visitsOf(long)).toEqual(visitsOf(short))
      expect(visitsOf(long).length).toBeGreaterThan(3)
      expect([short?.start, long?.start]).toEqual(['there', 'there'])
    },
  )

  it('goes through branches and functions', () => {
    expect(stepsOf(pathOf(logOf('6.12', 'spin_lock_held').level2))).toBe(
      '0 1 2 3 4 5 7 8 9- 10 11 12 13 14+ 14>20 20 21',
    )
    expect(stepsOf(pathOf(logOf('7.3', 'path_through_functions').level2))).toBe(
      '0 1 2 3 4 5 6 callee 22 23 24- 25 26 27 28 29 caller returned to 7 8 9 callee ' +
        '22 23 24- 25 26 27 28 29 caller returned to 10 11 12 13 15 16 17+ 17>19 19',
    )
  })

  it('goes through a callback, whose call put it aside', () => {
    expect(stepsOf(pathOf(logOf('6.18', 'path_through_callback').level2))).toBe(
      '0 1 2 3 4 5 6 8 9 9>12 12 13 14- 15 16 22',
    )
  })

  it('has the rounds of a loop of which each was put aside, and no other', () => {
    const path = pathOf(
      joined(
        '0: (b7) r1 = 0',
        '1: (55) if r2 != 0x0 goto pc+2',
        '2: (07) r1 += 1',
        '3: (05) goto pc-3',
        '1: (55) if r2 != 0x0 goto pc+2',
        '2: (07) r1 += 1',
        '3: (05) goto pc-3',
        '1: safe',
        'from 1 to 4: R2=1 R10=fp0',
        '4: (95) exit',
        'from 1 to 4: R2=1 R10=fp0',
        '4: (95) exit',
        'R0 !read_ok',
      ),
    )
    expect(stepsOf(path)).toBe('0 1+ 1>4 4')
  })

  it('goes on from the round of a loop whose registers it has, where later ones put nothing aside', () => {
    const path = pathOf(
      joined(
        '0: (b7) r4 = 0    ; R4=0',
        '1: (3d) if r1 >= r2 goto pc+2',
        '2: (07) r4 += 1    ; R4=1',
        '3: (05) goto pc-3',
        '1: (3d) if r1 >= r2 goto pc+2',
        '2: (07) r4 += 1    ; R4=2',
        '3: (05) goto pc-3',
        '1: (3d) if r1 >= r2 goto pc+2',
        '2: (07) r4 += 1    ; R4=3',
        '3: (95) exit',
        'from 1 to 4: R1=0 R4=1 R10=fp0',
        '4: (95) exit',
        'no',
      ),
    )
    expect(stepsOf(path)).toBe('0 1- 2 3 1+ 1>4 4')
  })

  it('starts at a function that is verified on its own', () => {
    const path = pathOf(
      joined(
        '0: (95) exit',
        'Validating f() func#1...',
        '2: R1=scalar() R10=fp0',
        '2: (b7) r0 = 0',
        '3: (bf) r0 = r2',
        'R2 !read_ok',
      ),
    )
    expect(stepsOf(path)).toBe('2 3')
    expect(path?.start).toBe('there')
  })

  it('starts anew where Linux 5.10 verifies the program itself after its functions', () => {
    const path = pathOf(
      joined(
        'Validating f() func#1...',
        '2: R1=inv(id=0) R10=fp0',
        '2: (95) exit',
        'Func#1 is safe for any args that match its prototype',
        '0: R1=ctx(id=0,off=0,imm=0) R10=fp0',
        '0: (bf) r0 = r2',
        'R2 !read_ok',
      ),
    )
    expect(stepsOf(path)).toBe('0')
  })

  it('is none where the program is accepted, or has the wrong form', () => {
    expect(pathOf(joined('0: (b7) r0 = 0', '1: (95) exit', 'processed 2 insns'))).toBeUndefined()
    expect(pathOf('unreachable insn 2\n')).toBeUndefined()
    expect(pathOf('')).toBeUndefined()
  })

  it('is none where all paths were good, and the stack is too large', () => {
    expect(
      pathOf(joined('0: (b7) r0 = 0', '1: (95) exit', 'combined stack size of 2 calls is 608. Too large')),
    ).toBeUndefined()
  })
})

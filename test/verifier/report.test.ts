import { describe, expect, it } from 'vitest'
import { splitLog } from '../../src/verifier/report.ts'

const HEAD = 'Verification failed: Policy: Operation is not allowed'

describe('splitLog', () => {
  it('leaves a log without a report as it is', () => {
    const log = '0: (95) exit\nR0 !read_ok\nprocessed 1 insns\n'
    expect(splitLog(log)).toEqual({ narration: log, report: undefined })
  })

  it('puts the lines of a paragraph together', () => {
    const { narration, report } = splitLog(
      `12: (95) exit\nno\n\n${HEAD}\n\nReason:\n  One line,\n  and another.\n\n`,
    )
    expect(narration).toBe('12: (95) exit\nno\n')
    expect(report).toEqual({
      category: 'Policy',
      problem: 'Operation is not allowed',
      reason: 'One line, and another.',
      suggestion: '',
      insn: undefined,
    })
  })

  it('takes a head without a problem', () => {
    expect(splitLog('Verification failed: Verifier Error\n').report).toMatchObject({
      category: 'Verifier Error',
      problem: '',
    })
  })

  it('takes the last report where there are several, and a section once more where it comes twice', () => {
    const log = `${HEAD}\n\nReason:\n  first\n\n${HEAD}\n\nReason:\n  second\n\nReason:\n  third\n`
    expect(splitLog(log).report?.reason).toBe('third')
    const two = `${HEAD}\n\nSuggestion:\n  Stop.\n\nVerification failed: Memory Safety\n`
    expect(splitLog(two).report).toMatchObject({ category: 'Memory Safety', suggestion: '' })
  })

  it('ends a section at the statistics', () => {
    expect(
      splitLog(`${HEAD}\n\nSuggestion:\n  Do it.\n\nprocessed 3 insns\n  more\n`).report?.suggestion,
    ).toBe('Do it.')
  })

  it('takes no source line for an instruction', () => {
    const at = 'At:\n  f @ a.c:9:1\n  >>> 9 | (x) = y;\n        | ^-- error: no\n  >>> 31 | (bf) r1 = r2\n'
    expect(splitLog(`${HEAD}\n\n${at}`).report?.insn).toBe(31)
  })

  it('looks for the instruction in no other section', () => {
    expect(splitLog(`${HEAD}\n\nCausal path:\n  >>> 31 | (bf) r1 = r2\n`).report?.insn).toBeUndefined()
  })

  it('needs no time that grows with the square of a hostile log', () => {
    const log = `${HEAD}\n${'Reason:\n  >>> 1 | '.repeat(100_000)}`
    expect(splitLog(log).report).toBeDefined()
  })
})

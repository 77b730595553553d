import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readVerdict } from '../../src/verifier/verdict.ts'

const folder = 'test/fixtures/verifier-logs'

/** What each log comes to. */
const verdicts: Readonly<Record<string, ReturnType<typeof readVerdict>>> = {
  'bad-helper-args': { reason: 'R1 type=scalar expected=map_ptr', insn: 2 },
  'bad-helper-args-without-lines': { reason: 'R1 type=scalar expected=map_ptr', insn: 2 },
  branch: { reason: 'R4 !read_ok', insn: 3 },
  'branch-without-lines': { reason: 'R4 !read_ok', insn: 3 },
  'map-value-or-null': { reason: "R0 invalid mem access 'map_value_or_null'", insn: 6 },
  'no-exit': { reason: 'last insn is not an exit or jmp', insn: undefined },
  poisoned: { reason: 'invalid func unknown#195896080', insn: 1 },
  uninitialised: { reason: 'R2 !read_ok', insn: 0 },
  'uninitialised-without-lines': { reason: 'R2 !read_ok', insn: 0 },
  'report-null': {
    reason: "R0 invalid mem access 'map_value_or_null'",
    insn: 6,
    report: {
      category: 'Register Type Safety',
      problem: 'Invalid dereference',
      reason:
        'R0 may be NULL here (a nullable map value pointer). The program could dereference NULL on this path, so the ' +
        'verifier cannot prove this access is safe.',
      suggestion: 'Add a NULL check and dereference the pointer only on the non-NULL path.',
      insn: 6,
    },
  },
  'report-null-without-lines': {
    reason: "R0 invalid mem access 'scalar'",
    insn: 1,
    report: {
      category: 'Register Type Safety',
      problem: 'Invalid dereference',
      reason: 'R0 is an integer scalar here, not a pointer to memory.',
      suggestion:
        'Preserve a pointer-valued register where needed, or reload and revalidate the pointer after scalar arithmetic, ' +
        'helper calls, or other operations that can invalidate it.',
      insn: 1,
    },
  },
  'report-two-columns': {
    reason: "R6 invalid mem access 'mem_or_null'",
    insn: 10,
    report: {
      category: 'Register Type Safety',
      problem: 'Invalid dereference',
      reason: 'R6 may be NULL here (mem_or_null).',
      suggestion: 'Add a NULL check and dereference the pointer only on the non-NULL path.',
      insn: 10,
    },
  },
  unreachable: { reason: 'unreachable insn 2', insn: 2 },
}

describe('readVerdict', () => {
  it('is tried with every log there is', () => {
    const logs = readdirSync(folder).filter((name) => name.endsWith('.txt'))
    expect(logs.map((name) => name.replace('.txt', '')).sort()).toEqual(Object.keys(verdicts).sort())
  })

  it.each(Object.entries(verdicts))('finds reason and instruction in the log %s', (name, verdict) => {
    expect(readVerdict(readFileSync(`${folder}/${name}.txt`, 'utf8'))).toEqual(verdict)
  })

  it('keeps all lines of a reason that has several', () => {
    const log =
      '3: (85) call bpf_x#9\narg#1 expected pointer to stack\nR1 type=scalar expected=fp\nprocessed 4 insns\n'
    expect(readVerdict(log).reason).toBe('arg#1 expected pointer to stack; R1 type=scalar expected=fp')
  })

  it('takes the states of registers for none of the reason, in the form of older kernels either', () => {
    const log =
      '0: (b7) r0 = 0\nR0_w=inv0 R10=fp0\n1: R0=inv0\nfrom 2 to 5: R0=inv0 R10=fp0\n; return 0;\nthe reason\n'
    expect(readVerdict(log)).toEqual({ reason: 'the reason', insn: 0 })
  })

  it('takes the last line where nothing else is left', () => {
    expect(readVerdict('0: (b7) r0 = 0\n')).toEqual({ reason: '0: (b7) r0 = 0', insn: 0 })
  })

  it('finds nothing in an empty log', () => {
    expect(readVerdict('')).toEqual({ reason: '', insn: undefined })
    expect(readVerdict('\n\n')).toEqual({ reason: '', insn: undefined })
  })

  it('needs no more than the end of a log of many megabytes, whose start may be missing', () => {
    const log = `= 7 R1=ctx()\n${'0: (b7) r0 = 0\n'.repeat(200_000)}R2 !read_ok\nprocessed 9 insns\n`
    expect(readVerdict(log)).toEqual({ reason: 'R2 !read_ok', insn: 0 })
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failingPath } from '../../src/verifier/failing_path.ts'
import type { LogEntry, VerifierLog, Visit } from '../../src/verifier/log.ts'
import { parseVerifierLog } from '../../src/verifier/parse_log.ts'
import { registersThatMatter } from '../../src/verifier/registers_that_matter.ts'
import { kernelLogs, logOf } from './kernel_logs.ts'

const visitsOf = ({ entries }: VerifierLog): readonly Visit[] =>
  entries.flatMap((entry) => (entry.kind === 'visit' ? [entry] : []))

const kindsOf = ({ entries }: VerifierLog): readonly LogEntry['kind'][] => entries.map(({ kind }) => kind)

const insnsOnPath = ({ entries, path }: VerifierLog): readonly number[] =>
  path.flatMap(({ entry: index }) => {
    const entry = entries[index]
    return entry?.kind === 'visit' ? [entry.insn] : []
  })

const joined = (...lines: readonly string[]): string => `${lines.join('\n')}\n`

describe('the entries of a log', () => {
  it('have the registers before an instruction and those that it changed', () => {
    const log = parseVerifierLog(
      joined('0: R1=ctx() R10=fp0', '; f() @ a.c:1', '0: (b7) r0 = 7    ; R0_w=7', '1: (95) exit', 'no'),
    )
    expect(log.entries).toEqual([
      { kind: 'source', line: 2, text: 'f()', fileName: 'a.c', lineNumber: 1 },
      {
        kind: 'visit',
        line: 3,
        insn: 0,
        opcode: 0xb7,
        text: 'r0 = 7',
        before: {
          frame: 0,
          text: 'R1=ctx() R10=fp0',
          registers: [
            { register: 'R1', value: 'ctx()' },
            { register: 'R10', value: 'fp0' },
          ],
        },
        after: { frame: 0, text: 'R0_w=7', registers: [{ register: 'R0', value: '7' }] },
      },
      { kind: 'visit', line: 4, insn: 1, opcode: 0x95, text: 'exit', before: undefined, after: undefined },
      { kind: 'text', line: 5, text: 'no' },
    ])
    expect(log.reason).toEqual(['no'])
  })

  it('have registers on a line of their own, which are after the instruction where that was just visited', () => {
    const log = parseVerifierLog(
      joined(
        '7: (25) if r1 > 0x7 goto pc+1',
        'mark_precise: frame0: x',
        '7: R1=scalar()',
        '8: R2=1',
        '8: (95) exit',
      ),
    )
    expect(visitsOf(log).map(({ before, after }) => [before?.text, after?.text])).toEqual([
      [undefined, 'R1=scalar()'],
      ['R2=1', undefined],
    ])
  })

  it('have the registers that Linux 5.10 writes below an instruction', () => {
    const log = parseVerifierLog(
      joined('9: (15) if r7 == 0x0 goto pc+1', ' R0=inv1', '10: (79) r1 = *(u64 *)(r7 +8)', ' R7=inv2'),
    )
    expect(visitsOf(log).map(({ before, after }) => [before?.text, after?.text])).toEqual([
      [undefined, 'R0=inv1'],
      ['R7=inv2', undefined],
    ])
  })

  it('have the registers of both sides of a call and of a return', () => {
    const { entries } = parseVerifierLog(logOf('6.1', 'path_through_functions').level1)
    const frames = entries.flatMap((entry) => (entry.kind === 'frame' ? [entry] : []))
    expect(frames.slice(0, 4).map(({ of, insn, state }) => [of, insn, state.frame])).toEqual([
      ['caller', undefined, 0],
      ['callee', undefined, 1],
      ['returning callee', undefined, 1],
      ['caller returned to', 7, 0],
    ])
    expect(frames.every(({ state }) => state.registers.length > 0)).toBe(true)
  })

  it('have where a path is taken up, and the visit that it was put aside at', () => {
    const log = parseVerifierLog(
      joined(
        '0: (15) if r1 == 0x0 goto pc+1',
        '1: (95) exit',
        '',
        'from 0 to 2: R1=0 R10=fp0',
        '2: (bf) r0 = r3',
        'R3 !read_ok',
      ),
    )
    expect(log.entries[2]).toMatchObject({ kind: 'branch', from: 0, to: 2, splitAt: 1, execution: 'normal' })
    expect(insnsOnPath(log)).toEqual([0, 2])
  })

  it('have the two states of a loop that never ends', () => {
    const log = parseVerifierLog(
      joined('2: (05) goto pc-1', 'infinite loop detected at insn 2', 'cur state: R1=1', 'old state: R1=1'),
    )
    expect(kindsOf(log)).toEqual(['visit', 'text', 'frame', 'frame'])
    expect(log.reason).toEqual(['infinite loop detected at insn 2'])
  })

  it('split a line that a log of level 1 made of two, where it went back to a jump', () => {
    const log = parseVerifierLog(
      joined('4: (16) if w1 == 0x0 goto pc+2 7: R0=0 R10=fp0', '7: (95) exit', 'no'),
    )
    expect(visitsOf(log).map(({ line, text, before }) => [line, text, before?.text])).toEqual([
      [1, 'if w1 == 0x0 goto pc+2', undefined],
      [2, 'exit', 'R0=0 R10=fp0'],
    ])
    expect(log.path.map(({ next }) => next)).toEqual([7, undefined])
  })

  it('are no visits in the tables that are printed before the verification', () => {
    const { entries } = parseVerifierLog(logOf('7.2', 'path_through_functions').level2)
    const first = entries.findIndex(({ kind }) => kind === 'visit')
    expect(entries.slice(0, first).every(({ kind }) => kind === 'note' || kind === 'source')).toBe(true)
    expect(entries[first]).toMatchObject({ insn: 0, before: { text: 'R1=ctx() R10=fp0' } })
  })

  it('are in the order of their lines, in the logs of all kernels', () => {
    for (const { level1, level2 } of kernelLogs) {
      for (const log of [level1, level2]) {
        const lines = parseVerifierLog(log).entries.map(({ line }) => line)
        expect(lines).toEqual(lines.toSorted((a, b) => a - b))
      }
    }
  })

  it('are what JSON can have', () => {
    const log = parseVerifierLog(logOf('7.3', 'path_through_functions').level2)
    expect(JSON.parse(JSON.stringify(log))).toEqual(JSON.parse(JSON.stringify(structuredClone(log))))
    expect(JSON.stringify(log)).not.toContain('{}')
  })
})

describe('what is around the entries', () => {
  it('is the reason: the text behind the last instruction', () => {
    expect(
      parseVerifierLog(joined('arg 1 is odd', '0: (95) exit', 'a', 'b', 'processed 1 insns')).reason,
    ).toEqual(['a', 'b'])
    expect(parseVerifierLog(joined('unreachable insn 2')).reason).toEqual(['unreachable insn 2'])
    expect(parseVerifierLog(joined('0: (95) exit', 'processed 1 insns')).reason).toEqual([])
  })

  it('is a complaint about the type of an argument only where a function is verified by it', () => {
    const complaint = "arg#1 reference type('UNKNOWN ') size cannot be determined: -22"
    expect(parseVerifierLog(joined(complaint, 'processed 0 insns')).reason).toEqual([])
    expect(
      parseVerifierLog(joined('Validating f() func#1...', complaint, 'processed 0 insns')).reason,
    ).toEqual([complaint])
  })

  it('is no report that a kernel writes behind its words, but the statistics behind that', () => {
    const log = parseVerifierLog(logOf('7.3', 'spin_lock_held').level2)
    expect(log.reason).toEqual([
      'BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region',
    ])
    expect(log.statistics).toMatchObject({ processed: 23, stackDepths: [8], maxStackDepth: 0 })
  })

  it('is statistics, as far as the kernel tells', () => {
    expect(parseVerifierLog(logOf('6.12', 'path_through_functions').level2).statistics).toMatchObject({
      stackDepths: [8, 0],
      limit: 1_000_000,
    })
    expect(parseVerifierLog('0: (95) exit\n').statistics).toBeUndefined()
  })

  it('is nothing for an empty log', () => {
    expect(parseVerifierLog('')).toEqual({
      entries: [],
      reason: [],
      statistics: undefined,
      path: [],
      pathStart: 'missing',
      dropped: { visits: 0, lines: 0, visitsOnPath: 0 },
    })
  })
})

describe('a log that is cut', () => {
  const { level2 } = logOf('6.12', 'path_through_loops')

  it('at its start has the path from where it can be followed', () => {
    const whole = insnsOnPath(parseVerifierLog(level2))
    for (const part of [0.2, 0.5, 0.9]) {
      const log = parseVerifierLog(level2.slice(Math.floor(level2.length * part)))
      expect(log.pathStart).toBe('missing')
      const insns = insnsOnPath(log)
      expect(insns.length).toBeGreaterThan(0)
      expect(whole.slice(-insns.length)).toEqual(insns)
    }
  })

  it('at its end has no statistics', () => {
    const log = parseVerifierLog(level2.slice(0, level2.length / 2))
    expect(log.statistics).toBeUndefined()
    expect(log.pathStart).toBe('there')
  })
})

describe('a log of which only some visits are kept', () => {
  const { level2 } = logOf('5.10', 'path_through_loops')
  const whole = parseVerifierLog(level2)

  it.each([1, 2, 5])('has %d of each instruction, and as many of the path', (visitsPerInsn) => {
    const log = parseVerifierLog(level2, { visitsPerInsn })
    const counts = new Map<number, number>()
    for (const { insn } of visitsOf(log)) counts.set(insn, (counts.get(insn) ?? 0) + 1)
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(2 * visitsPerInsn)
    expect([...counts.keys()].sort()).toEqual([...new Set(visitsOf(whole).map(({ insn }) => insn))].sort())
    expect(insnsOnPath(log).at(-1)).toBe(34)
  })

  it('counts what was dropped', () => {
    const log = parseVerifierLog(level2, { visitsPerInsn: 2 })
    expect(visitsOf(log).length + log.dropped.visits).toBe(visitsOf(whole).length)
    expect(insnsOnPath(log).length + log.dropped.visitsOnPath).toBe(insnsOnPath(whole).length)
    expect(log.dropped.lines).toBeGreaterThan(log.dropped.visits)
  })

  it('still knows which way each jump on the path went', () => {
    const all = new Map(whole.path.map(({ entry, next }) => [whole.entries[entry]?.line, next]))
    const log = parseVerifierLog(level2, { visitsPerInsn: 2 })
    for (const { entry, next } of log.path) expect(next).toBe(all.get(log.entries[entry]?.line))
  })
})

describe('any text', () => {
  const fragments = [...new Set(kernelLogs.flatMap(({ level2 }) => level2.split('\n').slice(0, 60)))]

  it('is read without an error, and so is its path', () => {
    const line = fc.oneof(fc.constantFrom(...fragments), fc.string(), fc.string({ unit: 'binary' }))
    const limit = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), limit, (lines, visitsPerInsn) => {
        const log = parseVerifierLog(lines.join('\n'), visitsPerInsn === undefined ? {} : { visitsPerInsn })
        const path = failingPath(log)
        if (path !== undefined) registersThatMatter(path)
        expect(log.path.every(({ entry }) => log.entries[entry] !== undefined)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('comes to an end for hostile text of any sort', () => {
    const pieces = [
      '0: (b7) r0 = 0    ; R0=0\n',
      '0: (15) if r1 == 0x0 goto pc+1\n1: (b7) r0 = 0\nfrom 0 to 2: R0=0\n2: (b7) r1 = 0\n',
      '0: (15) if r1 == 0x0 goto pc-1\n',
      'from 3 to 4: R0=0\n4: (95) exit\n',
      '4: R0=0\n4: (95) exit\n',
      'caller:\n R1=0\n',
      'no line of the verifier\n',
      'subprog 1 (f) static insns_self 3 insns_total 9 stack 304\n',
      '; a @ b:1 @ ',
      '1: (b7) ; R1= R2=',
      '1 ',
      ' ',
      'Func#1 is ',
    ]
    for (const piece of pieces) {
      // What grows with the square of the length would not come to an end here.
      const log = parseVerifierLog(piece.repeat(2 ** 21 / piece.length), { visitsPerInsn: 8 })
      const path = failingPath(log)
      if (path !== undefined) registersThatMatter(path)
      expect(log.entries.length).toBeLessThan(2 ** 21)
    }
  }, 60_000)
})

import { describe, expect, it } from 'vitest'
import { type LogLine, readLogLine } from '../../src/verifier/log_line.ts'

describe('readLogLine', () => {
  it('takes an instruction apart from the registers that it changed', () => {
    expect(readLogLine('12: (79) r1 = *(u64 *)(r6 +0)         ; R1_w=scalar() R6=ctx()')).toEqual({
      kind: 'visit',
      insn: 12,
      opcode: 0x79,
      text: 'r1 = *(u64 *)(r6 +0)',
      after: 'R1_w=scalar() R6=ctx()',
    })
  })

  it('reads an instruction without registers, as Linux 5.10 writes it, and one with none behind the semicolon', () => {
    expect(readLogLine('0: (bf) r8 = r1')).toMatchObject({ text: 'r8 = r1', after: undefined })
    expect(readLogLine('1: (85) call bpf_rcu_read_lock#65499          ;')).toMatchObject({
      text: 'call bpf_rcu_read_lock#65499',
      after: undefined,
    })
  })

  it.each([
    ['0: R1=ctx(id=0,off=0,imm=0) R10=fp0', 0, 'R1=ctx(id=0,off=0,imm=0) R10=fp0'],
    ['13: frame1: R1=fp[0]-8 R10=fp0', 13, 'frame1: R1=fp[0]-8 R10=fp0'],
    ['13: frame1:', 13, 'frame1:'],
    ['5:', 5, ''],
  ])('reads the registers at an instruction: %s', (line, insn, state) => {
    expect(readLogLine(line)).toEqual({ kind: 'state', insn, state })
  })

  it('takes no reason that starts with a register for registers', () => {
    expect(readLogLine('R0 !read_ok').kind).toBe('text')
    expect(readLogLine('R1 type=scalar expected=fp').kind).toBe('text')
    expect(readLogLine('2 bpf_preempt_enables are missing').kind).toBe('text')
  })

  it.each([
    ['from 2 to 4: R0=0 R10=fp0', 'normal'],
    ['from 2 to 4 (speculative execution): R0=0 R10=fp0', 'speculative'],
  ])('reads where a path is taken up: %s', (line, execution) => {
    expect(readLogLine(line)).toEqual({
      kind: 'branch',
      from: 2,
      to: 4,
      execution,
      state: 'R0=0 R10=fp0',
    })
  })

  it('reads where a path ends because it is known', () => {
    expect(readLogLine('4: safe')).toEqual({ kind: 'pruned', from: undefined, insn: 4 })
    expect(readLogLine('from 2 to 4: safe')).toEqual({ kind: 'pruned', from: 2, insn: 4 })
    expect(readLogLine('from 2 to 4 (speculative execution): safe')).toMatchObject({ kind: 'pruned' })
  })

  it.each([
    ['; return x;', 'return x;', undefined, undefined],
    ['; return x; @ file.c:12', 'return x;', 'file.c', 12],
    ['; f("a @ b"); @ file.c:12', 'f("a @ b");', 'file.c', 12],
    ['; mail @ home', 'mail @ home', undefined, undefined],
  ])('reads a line of C: %s', (line, text, fileName, lineNumber) => {
    expect(readLogLine(line)).toEqual({ kind: 'source', text, fileName, lineNumber })
  })

  it.each([
    ['caller:', 'caller', undefined, ''],
    ['callee:', 'callee', undefined, ''],
    ['returning from callee:', 'returning callee', undefined, ''],
    ['to caller at 7:', 'caller returned to', 7, ''],
    ['cur state: R0=1 R10=fp0', 'current state', undefined, 'R0=1 R10=fp0'],
    ['old state: R0=1 R10=fp0', 'earlier state', undefined, 'R0=1 R10=fp0'],
  ])('reads what the registers that follow are of: %s', (line, of, insn, state) => {
    expect(readLogLine(line)).toEqual({ kind: 'frame', of, insn, state })
  })

  it.each([' R6=ctx(id=0,off=0,imm=0) R10=fp0', ' frame1: R1_w=inv0 R10=fp0', ' fp-8=mmmm????'])(
    'reads registers that stand alone:%s',
    (line) => {
      expect(readLogLine(line)).toEqual({ kind: 'frame state', state: line.trim() })
    },
  )

  it.each<[string, LogLine['kind']]>([
    // kernel/bpf/verifier.c, Linux 5.10
    ['last_idx 2 first_idx 0', 'precision'],
    ['regs=40 stack=0 before 1: (b4) w6 = 0', 'precision'],
    ["parent didn't have regs=40 stack=0 marks", 'precision'],
    ['frame 0: propagating r6', 'precision'],
    ['func#0 @0', 'note'],
    ['Func#1 is global and valid. Skipping.', 'note'],
    ['Unrecognized arg#0 type PTR', 'note'],
    ["func 'sched_switch' arg1 has btf_id 114 type STRUCT 'task_struct'", 'note'],
    // Linux 6.1
    ['reg type unsupported for arg#0 function trace#15', 'note'],
    ['mark_precise: frame0: last_idx 2 first_idx 0 subseq_idx -1 ', 'precision'],
    ['mark_precise: frame0: parent state regs=r6 stack=:  R6_rw=P0 R10=fp0', 'precision'],
    // Linux 6.12
    ["Func#1 ('f') is global and assumed valid.", 'note'],
    ["arg#0 reference type('UNKNOWN ') size cannot be determined: -22", 'note'],
    ['force_precise: frame0: forcing r6 to be precise', 'precision'],
    // Linux 6.18
    ['Live regs before insn:', 'note'],
    ['      0: .1........ (bf) r7 = r1', 'note'],
    ['  1   7: .12...67.. (85) call bpf_map_lookup_elem#1', 'note'],
    ['100: .12...67.. (85) call bpf_map_lookup_elem#1', 'note'],
    ['(0) frame 0 insn 7 +live -8 ', 'note'],
    ['(4,10) live stack update done in 2 iterations', 'note'],
    // Linux 7.2
    ['subprog#0 pick:', 'note'],
    ['stack use/def subprog#0 pick (d0,cs0):', 'note'],
    ['SCC enter (0)', 'note'],
    ['arg JOIN insn 3 -> 5 r1: fp0-8 + fp0-16 => fp0 ?', 'note'],
  ])('knows what is only bookkeeping: %s', (line, kind) => {
    expect(readLogLine(line).kind).toBe(kind)
  })

  it.each([
    ['Validating f() func#1...', 'begin'],
    ['Func#1 is safe for any args that match its prototype', 'end'],
    ["Func#1 ('f') is safe for any args that match its prototype", 'end'],
  ])('knows where a function is verified on its own: %s', (line, event) => {
    expect(readLogLine(line)).toMatchObject({ kind: 'function', event, function: 1 })
  })

  it.each([
    ['verification time 184 usec', { microseconds: 184 }],
    ['stack depth 8+0+304', { stackDepths: [8, 0, 304] }],
    ['stack depth 8+304 max 312', { stackDepths: [8, 304], maxStackDepth: 312 }],
    ['stack depth max 312', { maxStackDepth: 312 }],
    ['subprog 1 (f) static insns_self 3 insns_total 9 stack 304', { stackDepths: [304] }],
    ['insns processed 20+7', {}],
    [
      'processed 25 insns (limit 1000000) max_states_per_insn 1 total_states 2 peak_states 3 mark_read 4',
      { processed: 25, limit: 1_000_000, maxStatesPerInsn: 1, totalStates: 2, peakStates: 3, markRead: 4 },
    ],
    ['processed 25 insns', { processed: 25 }],
  ])('reads statistics: %s', (line, statistics) => {
    expect(readLogLine(line)).toEqual({ kind: 'statistics', statistics })
  })

  it('keeps what it does not know as text', () => {
    for (const text of [
      '',
      'x',
      'BPF program is too large. Processed 1000001 insn',
      '__proto__',
      'stack of cards',
    ]) {
      expect(readLogLine(text)).toEqual({ kind: 'text', text })
    }
  })
})

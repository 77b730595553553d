/**
 * One line of a verifier's log, as a value. The formats are those of `do_check`, `print_verifier_state`, `print_insn_state`
 * and `mark_chain_precision` in kernel/bpf/verifier.c and log.c; they were read in Linux 5.10, 6.1, 6.12, 7.2 and 7.3, and
 * what differs among these is said at each.
 */
export type LogLine =
  | VisitLine
  | StateLine
  | BranchLine
  | PrunedLine
  | FrameLine
  | FrameStateLine
  | SourceLineOfLog
  | PrecisionLine
  | FunctionLine
  | StatisticsLine
  | NoteLine
  | TextLine

/** `12: (79) r1 = *(u64 *)(r6 +0)  ; R1=scalar()`: an instruction that the verifier looks at. */
export interface VisitLine {
  readonly kind: 'visit'
  readonly insn: number
  /** The instruction's first byte. */
  readonly opcode: number
  /** The instruction, in the kernel's notation. */
  readonly text: string
  /** What it changed, behind the semicolon; undefined where nothing is there, which is so before Linux 5.17. */
  readonly after: string | undefined
}

/**
 * `12: R1=ctx() R10=fp0`: the registers before instruction 12 or, if it was just visited, after it. Linux 5.10 writes all
 * of them before each instruction, where the log has level 2; Linux 6.1 and later write what changed, and write it here only
 * where the instruction's own line could not have it.
 */
export interface StateLine {
  readonly kind: 'state'
  readonly insn: number
  readonly state: string
}

/** `from 2 to 4: R0=0 R10=fp0`: takes up a path that it put aside at instruction 2; all registers. */
export interface BranchLine {
  readonly kind: 'branch'
  readonly from: number
  readonly to: number
  readonly execution: 'normal' | 'speculative'
  readonly state: string
}

/** `4: safe`, `from 2 to 4: safe`: the path ends, since one with such registers went on from here before and was good. */
export interface PrunedLine {
  readonly kind: 'pruned'
  readonly from: number | undefined
  readonly insn: number
}

/** What the state on the next line is of: a call's two sides, a return's two sides, or the two that make a loop endless. */
export interface FrameLine {
  readonly kind: 'frame'
  readonly of:
    'caller' | 'callee' | 'returning callee' | 'caller returned to' | 'current state' | 'earlier state'
  /** Where a return goes to. */
  readonly insn: number | undefined
  /** On the same line, or the next; '' where neither has it. */
  readonly state: string
}

/**
 * ` frame1: R1=fp[0]-8 R10=fp0`: all registers of what the line before names. In Linux 5.10 that may be a visit: of a
 * conditional jump they are the registers after it where it was not taken, of an access to memory those before it.
 */
export interface FrameStateLine {
  readonly kind: 'frame state'
  readonly state: string
}

/** `; return x; @ file.c:12`: the C line of the instructions that follow, from line_info. */
export interface SourceLineOfLog {
  readonly kind: 'source'
  readonly text: string
  /** Without folders; undefined in kernels that write the text alone, as 5.10 and 6.1 do. */
  readonly fileName: string | undefined
  readonly lineNumber: number | undefined
}

/** `mark_precise: frame0: regs=r1 stack= before 3: (b7) r1 = 0`: goes back over the path, for values that must be exact. */
export interface PrecisionLine {
  readonly kind: 'precision'
  readonly text: string
}

/** `Validating f() func#1...`, and `Func#1 ('f') is safe for any args that match its prototype`. */
export interface FunctionLine {
  readonly kind: 'function'
  readonly event: 'begin' | 'end'
  /** The position in the program's list of functions; 0 is the program itself. */
  readonly function: number
  readonly text: string
}

/** A line behind the verdict. */
export interface StatisticsLine {
  readonly kind: 'statistics'
  readonly statistics: Partial<LogStatistics>
}

/** Something of the verifier's own bookkeeping, before the first instruction or between two. */
export interface NoteLine {
  readonly kind: 'note'
  readonly text: string
}

/** Anything else. At the log's end it is the reason of a refusal. */
export interface TextLine {
  readonly kind: 'text'
  readonly text: string
}

/** What the verifier counted (`print_verification_stats`). */
export interface LogStatistics {
  /** Instructions that were looked at, each as often as it was. */
  readonly processed: number
  /** How many may be. */
  readonly limit: number
  readonly maxStatesPerInsn: number
  readonly totalStates: number
  readonly peakStates: number
  readonly markRead: number
  /** Time in microseconds. */
  readonly microseconds: number
  /** Bytes of stack of each function, the program first. */
  readonly stackDepths: readonly number[]
  /** Bytes of stack of the deepest chain of calls; kernels from 7.2 on tell it. */
  readonly maxStackDepth: number
}

type Reader = (line: string) => LogLine | undefined

/** A reader for lines of a pattern. */
function reader(pattern: RegExp, read: (match: RegExpExecArray) => LogLine): Reader {
  return (line) => {
    const match = pattern.exec(line)
    return match === null ? undefined : read(match)
  }
}

const precision = (pattern: RegExp): Reader =>
  reader(pattern, (match) => ({ kind: 'precision', text: match.input }))

const note = (pattern: RegExp): Reader => reader(pattern, (match) => ({ kind: 'note', text: match.input }))

function frame(pattern: RegExp, of: FrameLine['of']): Reader {
  return reader(pattern, (match) => ({
    kind: 'frame',
    of,
    insn: match.groups?.['insn'] === undefined ? undefined : Number(match.groups['insn']),
    state: match.groups?.['state'] ?? '',
  }))
}

function statistics(pattern: RegExp, read: (numbers: readonly number[]) => Partial<LogStatistics>): Reader {
  return reader(pattern, ({ input }) => ({
    kind: 'statistics',
    statistics: read((input.match(/\d+/g) ?? []).map(Number)),
  }))
}

/**
 * By a line's first character. The digits and the space are most of a log; a line that no reader takes is text. `%3d:` of
 * the tables that Linux 6.15 and later print before the first instruction is behind spaces, or has no opcode behind it.
 */
const readers: Readonly<Record<string, readonly Reader[]>> = {
  ';': [readSource],
  ' ': [
    reader(/^ +((?:frame\d+:|R\d+(?:_[a-zA-Z]+)?=|fp-\d+(?:_[a-zA-Z]+)?=|refs=).*)$/, ([, state = '']) => ({
      kind: 'frame state',
      state,
    })),
    note(/^ +\d+(?: +\d+)?: /),
  ],
  '(': [note(/^\([\d,]+\) (?:frame \d+ insn \d+ [+-]|live stack update done)/)],
  F: [
    reader(/^Func#(\d+) (?:\('.*'\) )?is safe for any args that match its prototype/, (match) =>
      functionLine(match, 'end'),
    ),
    note(/^Func#\d+ .*is global and (?:valid|assumed valid)/),
  ],
  L: [note(/^Live regs before insn:$/)],
  U: [note(/^Unrecognized arg#\d+ type [A-Z_]+$/)],
  R: [reader(/^R\d+(?:_[a-zA-Z]+)?=.*$/, ([state]) => ({ kind: 'frame state', state }))],
  S: [note(/^SCC (?:enter|exit|backedge) /)],
  V: [reader(/^Validating .*\(\) func#(\d+)\.\.\.$/, (match) => functionLine(match, 'begin'))],
  a: [
    note(/^arg JOIN insn /),
    // The arguments of static functions and of the program are looked at as well, and nothing comes of it.
    note(/^arg#\d+ (?:reference type\('UNKNOWN '\) size cannot be determined|type is not a struct$)/),
    note(/^arg#\d+ struct doesn't have a name$/),
  ],
  c: [
    frame(/^caller:$/, 'caller'),
    frame(/^callee:$/, 'callee'),
    frame(/^cur state: *(?<state>.*)$/, 'current state'),
  ],
  f: [
    reader(/^from (\d+) to (\d+)( \(speculative execution\))?: *(.*)$/, readBranch),
    precision(/^(?:frame ?\d+: propagating |force_precise: )/),
    note(/^func#\d+ @\d+$/),
    note(/^func '.*' arg\d+ has btf_id \d+ type /),
  ],
  i: [statistics(/^insns processed \d+(?:\+\d+)*$/, () => ({}))],
  l: [precision(/^last_idx -?\d+ first_idx /)],
  m: [precision(/^mark_precise: /)],
  o: [frame(/^old state: *(?<state>.*)$/, 'earlier state')],
  p: [
    statistics(/^processed \d+ insns\b/, ([processed, limit, perInsn, total, peak, markRead]) => ({
      ...(processed === undefined ? {} : { processed }),
      ...(limit === undefined ? {} : { limit }),
      ...(perInsn === undefined ? {} : { maxStatesPerInsn: perInsn }),
      ...(total === undefined ? {} : { totalStates: total }),
      ...(peak === undefined ? {} : { peakStates: peak }),
      ...(markRead === undefined ? {} : { markRead }),
    })),
    precision(/^parent (?:didn't have|already had) regs=/),
    precision(/^propagating /),
  ],
  r: [
    precision(/^regs=\S* stack=\S* before /),
    frame(/^returning from callee:$/, 'returning callee'),
    note(/^reg type unsupported for arg#\d+ function /),
  ],
  s: [
    statistics(/^stack depth max \d+$/, ([maxStackDepth = 0]) => ({ maxStackDepth })),
    reader(/^stack depth (\d+(?:\+\d+)*)(?: max (\d+))?$/, ([, depths = '', max]) => ({
      kind: 'statistics',
      statistics: {
        stackDepths: depths.split('+').map(Number),
        ...(max === undefined ? {} : { maxStackDepth: Number(max) }),
      },
    })),
    reader(
      /^subprog \d+ \(.*\) (?:main|global|static) insns_self \d+ insns_total \d+ stack (\d+)$/,
      ([, depth]) => ({
        kind: 'statistics',
        statistics: { stackDepths: [Number(depth)] },
      }),
    ),
    note(/^(?:stack use\/def |subprog#\d+)/),
  ],
  t: [frame(/^to caller at (?<insn>\d+):$/, 'caller returned to'), note(/^topo_order\[/)],
  v: [statistics(/^verification time \d+ usec$/, ([microseconds = 0]) => ({ microseconds }))],
}

/** What a line of a log says. Every line says something: none is an error. */
export function readLogLine(line: string): LogLine {
  const first = line.charCodeAt(0)
  if (first >= 48 && first <= 57) return readNumbered(line) ?? { kind: 'text', text: line }
  for (const read of readers[line.charAt(0)] ?? []) {
    const found = read(line)
    if (found !== undefined) return found
  }
  return { kind: 'text', text: line }
}

const VISIT = /^(\d+): \(([0-9a-f]{2})\) /
const NUMBERED = /^(\d+):(?: ((?:frame\d+:(?: |$))?(?:R\d+(?:_[a-zA-Z]+)?=.*)?|safe))?$/

/** The registers that are alive before each instruction, from instruction 100 on. */
const LIVE_REGISTERS = /^(?:\d+ +)?\d+: [.\d]{10} \(/

function readNumbered(line: string): LogLine | undefined {
  const visit = VISIT.exec(line)
  if (visit !== null) {
    const [start, insn, opcode = ''] = visit
    const semicolon = line.indexOf(';', start.length)
    const end = semicolon === -1 ? line.length : semicolon
    const after = line.slice(end + 1).trim()
    return {
      kind: 'visit',
      insn: Number(insn),
      opcode: parseInt(opcode, 16),
      text: line.slice(start.length, end).trimEnd(),
      after: after === '' ? undefined : after,
    }
  }
  const [, insn, state = ''] = NUMBERED.exec(line) ?? []
  if (insn !== undefined) {
    return state === 'safe'
      ? { kind: 'pruned', from: undefined, insn: Number(insn) }
      : { kind: 'state', insn: Number(insn), state }
  }
  return LIVE_REGISTERS.test(line) ? { kind: 'note', text: line } : undefined
}

/** `; text @ file:line` or, in older kernels, `; text`. C has no @ outside of strings and comments. */
function readSource(line: string): LogLine {
  const text = line.slice(1).trim()
  const at = text.lastIndexOf(' @ ')
  const place = at === -1 ? null : /^(.*):(\d+)$/.exec(text.slice(at + 3))
  if (place === null) return { kind: 'source', text, fileName: undefined, lineNumber: undefined }
  const [, fileName, lineNumber] = place
  return { kind: 'source', text: text.slice(0, at), fileName, lineNumber: Number(lineNumber) }
}

function readBranch([, from, to, speculative, state = '']: RegExpExecArray): LogLine {
  if (state === 'safe') return { kind: 'pruned', from: Number(from), insn: Number(to) }
  return {
    kind: 'branch',
    from: Number(from),
    to: Number(to),
    execution: speculative === undefined ? 'normal' : 'speculative',
    state,
  }
}

function functionLine({ 1: number, input }: RegExpExecArray, event: FunctionLine['event']): LogLine {
  return { kind: 'function', event, function: Number(number), text: input }
}

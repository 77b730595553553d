import { type LogLine, readLogLine } from './log_line.ts'

/** A line of a log, and where it is. */
export interface PlacedLine {
  /** From 1. */
  readonly number: number
  /** As the log has it. */
  readonly text: string
  readonly line: LogLine
}

/**
 * The lines of a log one after the other, without empty ones and without the report at its end, each with what it says. What
 * a line says depends on the one before in two places: a state on a line of its own is that of the frame that was announced,
 * and `from 17 to 5: ` behind a return to instruction 5 takes up no other path but goes on.
 */
export function* readLogLines(log: string): Generator<PlacedLine, void, undefined> {
  let open: PlacedLine | undefined
  let returnedTo: number | undefined
  for (const next of classifiedLines(log)) {
    if (open?.line.kind === 'frame' && open.line.state === '' && next.line.kind === 'frame state') {
      open = { ...open, line: { ...open.line, state: next.line.state } }
      continue
    }
    if (open !== undefined) yield open
    open = next
    const { line } = next
    if (line.kind === 'branch' && line.to === returnedTo) {
      open = { ...next, line: { kind: 'state', insn: line.to, state: line.state } }
    }
    returnedTo = line.kind === 'frame' ? line.insn : undefined
  }
  if (open !== undefined) yield open
}

/** Where the kernel prints what it found before it follows the program: tables start with these lines. */
const TABLES = /^(?:Live regs before insn:$|stack use\/def |subprog#\d)/

/**
 * The tables that Linux 6.18 and later print at level 2 have instructions in them that look like visits (`print_instance` and
 * `print_subprog_arg_access` in kernel/bpf/liveness.c, Linux 7.2). These are notes. The first line of the verification
 * itself ends the tables: it tells the registers at the start.
 */
function* classifiedLines(log: string): Generator<PlacedLine, void, undefined> {
  let isTable = false
  for (const { number, text } of textLines(log)) {
    const line = readLogLine(text)
    if (TABLES.test(text)) isTable = true
    else if (line.kind === 'state' || line.kind === 'function') isTable = false
    yield { number, text, line: isTable && line.kind === 'visit' ? { kind: 'note', text } : line }
  }
}

/** The report that Linux 7.3 writes behind the verifier's words starts with this (src/verifier/report.ts). */
const REPORT = 'Verification failed: '

type TextLine = Pick<PlacedLine, 'number' | 'text'>

function* textLines(log: string): Generator<TextLine, void, undefined> {
  let isReport = false
  let number = 0
  for (let start = 0; start < log.length;) {
    const newline = log.indexOf('\n', start)
    const end = newline === -1 ? log.length : newline
    const text = log.slice(start, end)
    start = end + 1
    number++
    isReport ||= text.startsWith(REPORT)
    // Behind a report there are statistics and nothing else.
    if (isReport && readLogLine(text).kind !== 'statistics') continue
    for (const part of partsOf(text)) if (part.trim() !== '') yield { number, text: part }
  }
}

/** A visit, and behind it `7: R0=0 R10=fp0`. */
const RUN_ON = /^(\d+: \([0-9a-f]{2}\) [^;]*?) (\d+: (?:frame\d+: )?R\d+(?:_[a-zA-Z]+)?=)/

/**
 * Where a log of level 1 takes a path back, the line of the jump that it goes back to has lost its end, and what comes next is
 * on the same line (`print_insn_state` in kernel/bpf/log.c takes the newline back before, Linux 6.12).
 */
function partsOf(text: string): readonly string[] {
  const visit = RUN_ON.exec(text)?.[1]
  return visit === undefined ? [text] : [visit, text.slice(visit.length + 1)]
}

import { type LogLine, readLogLine } from './log_line.ts'

/** A line of a log, and where it is. */
export interface PlacedLine {
  /** From 1. */
  readonly number: number
  /** As the log has it. */
  readonly text: string
  readonly line: LogLine
}

/** The report that Linux 7.3 writes behind the verifier's words starts with this (src/verifier/report.ts). */
const REPORT = 'Verification failed: '

/**
 * The lines of a log; a state is put to the line before that says what it is of. Takes no more memory than one line.
 *
 * @see rawLines
 */
export function* readLogLines(log: string): Generator<PlacedLine, void, undefined> {
  let open: PlacedLine | undefined
  for (const next of rawLines(log)) {
    if (open?.line.kind === 'frame' && open.line.state === '' && next.line.kind === 'frame state') {
      yield { ...open, line: { ...open.line, state: next.line.state } }
      open = undefined
      continue
    }
    if (open !== undefined) yield open
    open = next
  }
  if (open !== undefined) yield open
}

/**
 * The lines of a log, one after the other, without empty ones and without the report at its end.
 *
 * The kernels that do an analysis before they follow the program print what it found, at level 2, in tables of
 * instructions that look like visits (`print_instance`, `print_subprog_arg_access` in kernel/bpf/liveness.c, Linux 7.2). These
 * are notes. The first line of the verification itself ends the tables: it tells the registers at the start.
 */
function* rawLines(log: string): Generator<PlacedLine, void, undefined> {
  let isTable = false
  let number = 0
  for (let start = 0; start < log.length; number++) {
    const newline = log.indexOf('\n', start)
    const end = newline === -1 ? log.length : newline
    const text = log.slice(start, end)
    start = end + 1
    if (text === '' || text.trim() === '') continue
    if (text.startsWith(REPORT)) {
      yield* readStatistics(log.slice(start), number + 2)
      return
    }
    const line = readLogLine(text)
    if (TABLES.test(text)) isTable = true
    else if (line.kind === 'state' || line.kind === 'function') isTable = false
    yield { number: number + 1, text, line: isTable && line.kind === 'visit' ? { kind: 'note', text } : line }
  }
}

/** The lines that tables start with. */
const TABLES = /^(?:Live regs before insn:$|stack use\/def |subprog#\d)/

/** Behind a report there are statistics and nothing else. */
function* readStatistics(text: string, firstNumber: number): Generator<PlacedLine, void, undefined> {
  for (const [index, line] of text.split('\n').entries()) {
    const found = readLogLine(line)
    if (found.kind === 'statistics') yield { number: firstNumber + index, text: line, line: found }
  }
}

import { readLogLines } from './log_lines.ts'
import { splitLog, type VerifierReport } from './report.ts'

/** What can be told from a verifier's log about where it stopped. */
export interface VerifierVerdict {
  /** The verifier's own words: the log's last lines before report and statistics, without the instruction. */
  readonly reason: string
  /** The instruction that it looked at last, or that its words name; undefined where the log does not get to one. */
  readonly insn: number | undefined
  /** What kernels from 7.3 on say at length. */
  readonly report?: VerifierReport
}

/** Characters that are looked at, at the log's end: more than the longest report, whose history has up to 64 events. */
const END_LENGTH = 1 << 20

/**
 * Finds the verdict in the log of a program that was refused. The log narrates instruction by instruction; what counts
 * is its end: one or more lines of reason behind the instruction that was looked at last, then the report, where the
 * kernel writes one, then statistics.
 */
export function readVerdict(log: string): VerifierVerdict {
  const { narration, report } = splitLog(log.slice(-END_LENGTH))
  let insn: number | undefined
  let texts: string[] = []
  let lastLine = ''
  for (const { line, text } of readLogLines(narration)) {
    if (line.kind === 'statistics') continue
    lastLine = text
    if (line.kind === 'text') texts.push(text)
    else if (line.kind === 'visit') [insn, texts] = [line.insn, []]
  }
  const reason = texts.join('; ')
  if (report !== undefined) return { reason, insn: report.insn ?? insn, report }
  const verdict = reason === '' ? lastLine : reason
  return { reason: verdict, insn: insn ?? insnNamedIn(verdict) }
}

/** Before it follows the program, the verifier checks its form, and names an instruction in words: `unreachable insn 2`. */
function insnNamedIn(verdict: string): number | undefined {
  const number = /\binsn (\d+)\b/.exec(verdict)?.[1]
  return number === undefined ? undefined : Number(number)
}

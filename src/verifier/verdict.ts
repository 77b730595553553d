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

/** `12: (79) r1 = *(u64 *)(r6 +0)`: index, opcode, disassembly (kernel/bpf/verifier.c, print_bpf_insn, Linux 6.18). */
const INSN_LINE = /^(\d+): \([0-9a-f]{2}\) /

/** Lines that follow the verdict: statistics, and the peak state counts. */
const STATISTICS_LINE = /^(processed \d+ insns|verification time|stack depth)/

/**
 * Lines of the narration: `; return x; @ file.c:12`, the source line that line_info gives; the states of registers, alone,
 * before an instruction or after a jump: `R0=0 R10=fp0`, `3: R1=ctx()`, `from 2 to 4: R0=0`. A reason may start with a
 * register too, but not with its value: `R0 !read_ok`.
 */
const NARRATION_LINE = /^(;|(\d+: |from \d+ to \d+.*: )?R\d+(_[a-zA-Z]+)?=|from \d+ to \d+)/

/** Characters that are looked at, at the log's end: more than the longest report, whose history has up to 64 events. */
const END_LENGTH = 1 << 20

/**
 * Finds the verdict in the log of a program that was refused. The log narrates instruction by instruction; what counts
 * is its end: one or more lines of reason behind the instruction that was looked at last, then the report, where the
 * kernel writes one, then statistics.
 */
export function readVerdict(log: string): VerifierVerdict {
  const { narration, report } = splitLog(log.slice(-END_LENGTH))
  const lines = narration.split('\n').filter((line) => line.trim() !== '' && !STATISTICS_LINE.test(line))
  const last = lines.findLastIndex((line) => INSN_LINE.test(line))
  const insn = last === -1 ? undefined : Number(INSN_LINE.exec(lines[last] ?? '')?.[1])
  const reason = lines.slice(last + 1).filter((line) => !NARRATION_LINE.test(line))
  if (report !== undefined) return { reason: reason.join('; '), insn: report.insn ?? insn, report }
  const verdict = reason.join('; ') || (lines.at(-1) ?? '')
  return { reason: verdict, insn: insn ?? insnNamedIn(verdict) }
}

/** Before it follows the program, the verifier checks its form, and names an instruction in words: `unreachable insn 2`. */
function insnNamedIn(verdict: string): number | undefined {
  const number = /\binsn (\d+)\b/.exec(verdict)?.[1]
  return number === undefined ? undefined : Number(number)
}

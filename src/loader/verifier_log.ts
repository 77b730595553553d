/** What can be told from a verifier's log about where it stopped. */
export interface VerifierVerdict {
  /** The verifier's own words: the log's last lines before the statistics, without the instruction. */
  readonly reason: string
  /** The instruction that it looked at last, undefined where the log does not get to one. */
  readonly insn: number | undefined
}

/** `12: (79) r1 = *(u64 *)(r6 +0)`: index, opcode, disassembly (kernel/bpf/verifier.c, print_bpf_insn, Linux 6.18). */
const INSN_LINE = /^(\d+): \([0-9a-f]{2}\) /

/** Lines that follow the verdict: statistics, and the peak state counts. */
const STATISTICS_LINE = /^(processed \d+ insns|verification time|stack depth)/

/** `; return x; @ file.c:12`: the source line that line_info gives; registers' states follow instructions. */
const SOURCE_LINE = /^(;|R\d|\d+: R|from \d+ to \d+)/

/**
 * Finds the verdict in the log of a program that was refused. The log narrates instruction by instruction; what counts
 * is its end: one or more lines of reason behind the instruction that was looked at last, then statistics.
 */
export function readVerdict(log: string): VerifierVerdict {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !STATISTICS_LINE.test(line))
  const last = lines.findLastIndex((line) => INSN_LINE.test(line))
  const insn = last === -1 ? undefined : Number(INSN_LINE.exec(lines[last] ?? '')?.[1])
  const reason = lines.slice(last + 1).filter((line) => !SOURCE_LINE.test(line))
  return { reason: reason.join('; ') || (lines.at(-1) ?? ''), insn }
}

/** A kind of rejection: by which words of the verifier it is known, and what it comes to. */
export interface RejectionKind {
  /** A name that stays the same, e.g. `possibly-null-access`. */
  readonly kind: string
  /** A few words, as a headline. */
  readonly title: string
  /** The verifier's words; one of these has to match. Reasons of several lines are matched as a whole. */
  readonly reason: readonly RegExp[]
  /** For kinds that are one only at certain instructions. */
  readonly insn?: RegExp
  /**
   * In plain words, what the verifier wanted and did not get. Variables are in braces: named groups of the pattern that
   * matched, and `{value}`, what the register in the group `register` holds. A part in brackets is left out where one of its
   * variables is not known.
   */
  readonly sentence: string
  /** What to change in the C source. */
  readonly advice: string
  /** Whether it is found when all paths were followed to their ends, so that no path is to blame. Default: no. */
  readonly found?: 'after all paths'
  /** The function that refuses, as Linux 6.18 calls it. */
  readonly function: string
  /** Its file. Default: kernel/bpf/verifier.c. Linux 7.2 has parts of that in files of their own, as cfg.c. */
  readonly file?: string
}

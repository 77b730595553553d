import type { SourceLine } from '../relocate/source_line.ts'

/** Whether an object will load, as far as a kernel's BTF tells. */
export type Verdict = 'yes' | 'no' | 'unknown'

/** What a finding is about. */
export type Subject =
  | 'object'
  | 'CO-RE'
  | 'helper'
  | 'extern'
  | 'map type'
  | 'map flag'
  | 'struct_ops'
  | 'program type'
  | 'attach type'
  | 'attach target'
  | 'program'

/** Why an object will not load, or why that cannot be known. */
export interface Finding {
  readonly verdict: Exclude<Verdict, 'yes'>
  readonly subject: Subject
  /** The program or the map. */
  readonly of: string
  /** The C line whose instruction it is. */
  readonly line: SourceLine | undefined
  /** A sentence without its full stop. */
  readonly why: string
}

/** `no` where something is missing, else `unknown` where something cannot be known. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ verdict }) => verdict === 'no')) return 'no'
  return findings.length === 0 ? 'yes' : 'unknown'
}

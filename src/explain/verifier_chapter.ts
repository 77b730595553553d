import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import type { VerifierChapter } from './explanation.ts'

/** What the verifier said of a program. */
export interface Verdict {
  readonly verdict: 'accepted' | 'refused'
  readonly log: string
}

/** What the verifier said of each program, or that it was not asked. */
export function verifierChapter(
  relocated: ReadonlyMap<string, RelocatedProgram>,
  verdicts: ReadonlyMap<string, Verdict>,
): VerifierChapter {
  return {
    programs: [...relocated.keys()].map((program) => {
      const known = verdicts.get(program)
      return {
        program,
        verdict: known?.verdict ?? 'not asked',
        reason: undefined,
        plain: undefined,
        statistics: [],
        walk: [],
        omitted: 0,
        registers: [],
        log: known?.log ?? '',
      }
    }),
  }
}

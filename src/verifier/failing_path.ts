import { isFoundAfterAllPaths } from './explain_rejection.ts'
import { jumpTarget } from './jump_target.ts'
import type { Branch, Frame, VerifierLog, Visit } from './log.ts'

/** What the verifier did on the path that failed. */
export interface PathStep {
  /** Of frames there are `callee`, where the path enters a function, and `caller returned to`, where it leaves it. */
  readonly entry: Visit | Branch | Frame
  /** Which way a conditional jump went on this path; undefined for everything else, and at the path's end. */
  readonly decision: 'taken' | 'not taken' | undefined
}

/** The one path, of all that the verifier tried, that made it refuse the program. */
export interface FailingPath {
  /** From the start of the program, or of a function that is verified on its own, to the instruction that was refused. */
  readonly steps: readonly PathStep[]
  /** Whether the log has the start. */
  readonly start: 'there' | 'missing'
  /** Visits on the path that were dropped (ParseOptions.visitsPerInsn). */
  readonly dropped: number
  /** The verifier's words. */
  readonly reason: readonly string[]
}

/**
 * The path that led to the refusal. Undefined where the program was not refused, or where no path is to blame: its form may be
 * wrong, which the verifier finds before it follows a path, or the size of its stack, which it adds up afterwards.
 */
export function failingPath(log: VerifierLog): FailingPath | undefined {
  const { entries, path, pathStart: start, reason, dropped } = log
  if (reason.length === 0 || isFoundAfterAllPaths(reason.join('\n'))) return undefined
  const steps = path.flatMap(({ entry: index, next }): readonly PathStep[] => {
    const entry = entries[index]
    if (entry?.kind === 'visit') return [{ entry, decision: decisionOf(entry, next) }]
    return entry?.kind === 'branch' || entry?.kind === 'frame' ? [{ entry, decision: undefined }] : []
  })
  if (steps.length === 0) return undefined
  return { steps, start, dropped: dropped.visitsOnPath, reason }
}

function decisionOf({ insn, text }: Visit, next: number | undefined): PathStep['decision'] {
  const target = jumpTarget(insn, text)
  if (target === undefined || next === undefined) return undefined
  if (next === insn + 1) return 'not taken'
  return next === target ? 'taken' : undefined
}

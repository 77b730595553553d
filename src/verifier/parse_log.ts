import { EntryBuilder } from './entry_builder.ts'
import type { VerifierLog } from './log.ts'
import { readLogLines } from './log_lines.ts'
import type { PathPlace } from './path_finder.ts'
import { surveyLog } from './survey_log.ts'

export interface ParseOptions {
  /**
   * How many visits of each instruction are kept: the first ones of the log, and as many of the last ones of the path that it
   * ends on, with the lines that belong to them. What is dropped is counted. Default: all.
   */
  readonly visitsPerInsn?: number
}

/**
 * Reads the log of a verification, of level 1 or 2, with or without statistics, of Linux 5.10 to 7.3. It may be cut at its
 * start or end; lines that are not known are kept as text. Takes time in proportion to the log's length, and memory to what is
 * kept. Never throws.
 */
export function parseVerifierLog(log: string, { visitsPerInsn = Infinity }: ParseOptions = {}): VerifierLog {
  const { path, pathStart, splits, reason, statistics } = surveyLog(log)
  const lines = new Set(lastOfEach(path, visitsPerInsn))
  const builder = new EntryBuilder({ limit: visitsPerInsn, lines }, splits)
  for (const { number, line } of readLogLines(log)) builder.add(number, line)
  const entries = builder.finish()
  const indices = path.map(({ line }) => builder.indexOf(line))
  const visitsOnPath = path.filter(
    ({ kind }, place) => kind === 'visit' && indices[place] === undefined,
  ).length
  return {
    entries,
    reason,
    statistics,
    path: indices.filter((index) => index !== undefined),
    pathStart,
    dropped: { ...builder.dropped, visitsOnPath },
  }
}

/** The lines of the last `limit` visits of each instruction, and of the last branches to each. */
function lastOfEach(path: readonly PathPlace[], limit: number): readonly number[] {
  if (limit === Infinity) return []
  const seen = { visit: new Map<number, number>(), branch: new Map<number, number>() }
  return path.toReversed().flatMap(({ kind, insn, line }) => {
    if (kind !== 'visit' && kind !== 'branch') return []
    const count = (seen[kind].get(insn) ?? 0) + 1
    seen[kind].set(insn, count)
    return count <= limit ? [line] : []
  })
}

import { EntryBuilder } from './entry_builder.ts'
import type { PathEntry, VerifierLog } from './log.ts'
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
  const places = onPath(path, builder)
  return {
    entries,
    reason,
    statistics,
    path: places.kept,
    pathStart,
    dropped: { ...builder.dropped, visitsOnPath: places.droppedVisits },
  }
}

function onPath(
  path: readonly PathPlace[],
  builder: EntryBuilder,
): { readonly kept: readonly PathEntry[]; readonly droppedVisits: number } {
  const kept: PathEntry[] = []
  let droppedVisits = 0
  let next: number | undefined
  for (const { kind, line, insn } of path.toReversed()) {
    const entry = builder.indexOf(line)
    if (entry !== undefined) kept.push({ entry, next })
    else if (kind === 'visit') droppedVisits++
    if (kind === 'visit' || kind === 'branch') next = insn
  }
  return { kept: kept.reverse(), droppedVisits }
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

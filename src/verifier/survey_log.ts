import type { LogLine, LogStatistics } from './log_line.ts'
import { readLogLines } from './log_lines.ts'
import { PathFinder, type PathPlace, type Split } from './path_finder.ts'

/** What has to be known of a whole log before it is decided what is kept of it. */
export interface LogSurvey {
  /** The path that the verifier was on at the end. */
  readonly path: readonly PathPlace[]
  readonly pathStart: 'there' | 'missing'
  /** By the line that takes up a path, where that was put aside. */
  readonly splits: ReadonlyMap<number, Split>
  readonly reason: readonly string[]
  readonly statistics: Partial<LogStatistics> | undefined
}

/** Reads a log once, and keeps no line of it but the path and the reason. */
export function surveyLog(log: string): LogSurvey {
  const finder = new PathFinder()
  const splits = new Map<number, Split>()
  let reason: string[] = []
  let isAtBegin = false
  let statistics: Partial<LogStatistics> | undefined
  const stackDepths: number[] = []
  for (const { number, text, line } of readLogLines(log)) {
    if (line.kind === 'text' || (isAtBegin && isOfArgument(line))) reason.push(text)
    else if (line.kind === 'statistics') {
      stackDepths.push(...(line.statistics.stackDepths ?? []))
      statistics = { ...statistics, ...line.statistics, ...(stackDepths.length > 0 ? { stackDepths } : {}) }
    } else if (isProgress(line)) {
      reason = []
      isAtBegin = line.kind === 'function' && line.event === 'begin'
    }
    const split = follow(finder, number, line)
    if (split !== undefined) splits.set(number, split)
  }
  return { path: finder.path, pathStart: finder.start, splits, reason, statistics }
}

/** A complaint about an argument's type counts only where a function is verified on its own, by these types. */
function isOfArgument(line: LogLine): boolean {
  return line.kind === 'note' && line.text.startsWith('arg#')
}

/** Lines that the verifier writes while all is well; what it said before was no reason to stop. */
function isProgress({ kind }: LogLine): boolean {
  return kind === 'visit' || kind === 'branch' || kind === 'pruned' || kind === 'function'
}

/** @returns For a line that takes up a path, where that was put aside, if the log has it. */
function follow(finder: PathFinder, number: number, line: LogLine): Split | undefined {
  switch (line.kind) {
    case 'visit':
      finder.visit(number, line.insn, line.text, line.after)
      break
    case 'branch':
      return finder.branch(number, line)
    case 'pruned':
      finder.end()
      break
    case 'function':
      if (line.event === 'begin') finder.begin()
      else finder.end()
      break
    case 'frame':
      if (line.of === 'callee') finder.call(number)
      else if (line.of === 'caller returned to') finder.return(number)
      finder.tell(line.state)
      break
    case 'state':
      return finder.state(number, line.insn, line.state)
    case 'frame state':
      finder.tell(line.state)
      break
    case 'source':
    case 'precision':
    case 'statistics':
    case 'note':
    case 'text':
      break
  }
  return undefined
}

import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import { explainRejection } from '../verifier/explain_rejection.ts'
import { type FailingPath, failingPath } from '../verifier/failing_path.ts'
import type { LogEntry, VerifierLog } from '../verifier/log.ts'
import type { LogStatistics } from '../verifier/log_line.ts'
import { parseVerifierLog } from '../verifier/parse_log.ts'
import { registersThatMatter, type RegisterThatMatters } from '../verifier/registers_that_matter.ts'
import { readVerdict } from '../verifier/verdict.ts'
import type { NamedValue, RegisterReport, VerifierChapter, VerifierReport, WalkEntry } from './explanation.ts'
import { KnownRegisters } from './known_registers.ts'

/** What the verifier said of a program. */
export interface Verdict {
  readonly verdict: 'accepted' | 'refused'
  /** As the kernel wrote it, of level 1 or 2. */
  readonly log: string
}

/** What the verifier said of each program, or that it was not asked. */
export function verifierChapter(
  relocated: ReadonlyMap<string, RelocatedProgram>,
  verdicts: ReadonlyMap<string, Verdict>,
): VerifierChapter {
  return { programs: [...relocated.keys()].map((program) => verifierReport(program, verdicts.get(program))) }
}

/** How often a visit of one instruction is shown; in a loop the verifier comes by a thousand times. */
const VISITS_PER_INSN = 3

/** Visits that are shown of one program. */
const MAX_WALK = 20_000

function verifierReport(program: string, verdict: Verdict | undefined): VerifierReport {
  if (verdict === undefined) return { ...nothing(program), verdict: 'not asked' }
  const log = parseVerifierLog(verdict.log, { visitsPerInsn: VISITS_PER_INSN })
  const refused = verdict.verdict === 'refused'
  const path = refused ? failingPath(log) : undefined
  const registers = path === undefined ? [] : registersThatMatter(path)
  const steps = refused ? (path?.steps ?? []) : log.entries.map((entry) => ({ entry, decision: undefined }))
  const visits = walkOf(steps)
  const walk = visits.slice(refused ? -MAX_WALK : 0, refused ? undefined : MAX_WALK)
  const dropped = refused ? log.dropped.visitsOnPath : log.dropped.visits
  return {
    ...nothing(program),
    verdict: verdict.verdict,
    ...(refused ? refusalOf(verdict.log, path, registers) : {}),
    statistics: statisticsOf(log),
    walk,
    omitted: dropped + visits.length - walk.length,
    registers: registers.filter(isRead).map(registerReport),
    log: refused ? cutLog(verdict.log) : '',
  }
}

function nothing(program: string): Omit<VerifierReport, 'verdict'> {
  return {
    program,
    reason: undefined,
    plain: undefined,
    statistics: [],
    walk: [],
    omitted: 0,
    registers: [],
    log: '',
  }
}

/** Why a program was refused: in the verifier's words, and in plain ones, which are the kernel's own where it has some. */
function refusalOf(
  log: string,
  path: FailingPath | undefined,
  registers: readonly RegisterThatMatters[],
): Pick<VerifierReport, 'reason' | 'plain'> {
  const { reason, report } = readVerdict(log)
  if (report !== undefined) {
    const { category, problem, suggestion, reason: sentence } = report
    const title = problem === '' ? category : `${category}: ${problem}`
    const plain = { title, sentence, advice: suggestion, source: 'the report that the kernel writes itself' }
    return { reason: reason === '' ? sentence : reason, plain }
  }
  const words = path === undefined ? reason : path.reason.join('\n')
  const plain = explainRejection(words, {
    insn: lastInsn(path),
    registers: registers.flatMap(({ register, value }) => (value === undefined ? [] : [{ register, value }])),
  })
  return { reason, plain }
}

function lastInsn(path: FailingPath | undefined): string | undefined {
  const last = path?.steps.findLast(({ entry }) => entry.kind === 'visit')?.entry
  return last?.kind === 'visit' ? last.text : undefined
}

/** What the refused instruction only writes does not matter. */
function isRead({ namedBy, value }: RegisterThatMatters): boolean {
  return namedBy === 'reason' || value !== undefined
}

function registerReport({ register, value, written }: RegisterThatMatters): RegisterReport {
  return { register, value, writtenAt: written?.insn, lost: written?.how === 'lost' ? 'in a call' : 'no' }
}

interface Step {
  readonly entry: LogEntry
  readonly decision: WalkEntry['decision']
}

/** The visits, each with the registers that are known before it and what happened on the way there. */
function walkOf(steps: readonly Step[]): readonly WalkEntry[] {
  const walk: WalkEntry[] = []
  const registers = new KnownRegisters()
  const events: string[] = []
  // The first entry, what comes behind an event or a call: there the entry before does not tell all.
  let isToldInFull = true
  for (const { entry, decision } of steps) {
    switch (entry.kind) {
      case 'branch':
        registers.replace(entry.state)
        events.push(`goes on from ${entry.from} to ${entry.to}, with the registers as they were`)
        break
      case 'frame':
        registers.tell(entry.state)
        events.push(entry.of)
        break
      case 'function':
        if (entry.event === 'begin') events.push(entry.text)
        break
      case 'pruned':
        events.push(`${entry.insn} is safe: the path is like one that was`)
        break
      case 'state':
        registers.tell(entry.state)
        isToldInFull = true
        break
      case 'visit':
        if (entry.before !== undefined) registers.tell(entry.before)
        isToldInFull ||= entry.before !== undefined || events.length > 0
        walk.push({
          insn: entry.insn,
          state: isToldInFull ? registers.text : '',
          changes: entry.after?.text ?? '',
          event: events.splice(0).join('; '),
          decision,
        })
        isToldInFull = registers.pass(entry.text) === 'forgotten'
        if (entry.after !== undefined) registers.tell(entry.after)
        break
      case 'source':
      case 'precision':
      case 'note':
      case 'text':
        break
    }
  }
  return walk
}

const statisticNames: readonly (readonly [keyof LogStatistics, string])[] = [
  ['processed', 'instructions looked at'],
  ['limit', 'limit of these'],
  ['totalStates', 'states kept'],
  ['peakStates', 'states at a time'],
  ['microseconds', 'time in microseconds'],
  ['stackDepths', 'bytes of stack'],
]

function statisticsOf({ statistics = {} }: VerifierLog): readonly NamedValue[] {
  return statisticNames.flatMap(([key, name]) => {
    const value = statistics[key]
    if (value === undefined) return []
    return [{ name, value: typeof value === 'number' ? String(value) : value.join(' + ') }]
  })
}

/** Characters of a log that are kept: its start and its end. */
const MAX_LOG = 1 << 18

function cutLog(log: string): string {
  if (log.length <= MAX_LOG) return log
  const half = MAX_LOG / 2
  return `${log.slice(0, half)}\n[${log.length - MAX_LOG} characters are left out here]\n${log.slice(-half)}`
}

import type { RegisterValue } from './log.ts'
import type { RejectionKind } from './rejection.ts'
import { rejectionKinds } from './rejections/table.ts'

/** What is known of the instruction that was refused. */
export interface RejectionContext {
  /** In the kernel's notation, as in the log; undefined where the log names none. */
  readonly insn: string | undefined
  /** What registers hold there, as registersThatMatter() and the log tell. */
  readonly registers: readonly RegisterValue[]
}

/** A rejection in plain words. */
export interface ExplainedRejection {
  /** A name of the kind that stays the same, e.g. `possibly-null-access`. */
  readonly kind: string
  /** A few words, as a headline. */
  readonly title: string
  /** What the verifier wanted and did not get. */
  readonly sentence: string
  /** What to change in the C source. */
  readonly advice: string
  /** What refuses in the kernel: a function and its file, as of Linux 6.18. */
  readonly source: string
}

/** Characters of a reason that are looked at, from its end: the verifier's are a few lines. */
const REASON_LENGTH = 4096

/**
 * Says in plain words what the verifier wanted.
 *
 * @param reason The verifier's own words (VerifierLog.reason, one line each or joined).
 * @returns undefined where the words are none that are known.
 */
export function explainRejection(reason: string, context: RejectionContext): ExplainedRejection | undefined {
  const found = findKind(reason, context.insn)
  return found === undefined ? undefined : explain(found.kind, variablesOf(found.groups, context))
}

/** Whether it is a reason that the verifier finds when it has followed all paths. */
export function isFoundAfterAllPaths(reason: string): boolean {
  return findKind(reason, undefined)?.kind.found === 'after all paths'
}

interface FoundKind {
  readonly kind: RejectionKind
  readonly groups: Variables
}

function findKind(reason: string, insn: string | undefined): FoundKind | undefined {
  const end = reason.slice(-REASON_LENGTH)
  for (const kind of rejectionKinds) {
    if (kind.insn !== undefined && !kind.insn.test(insn ?? '')) continue
    for (const pattern of kind.reason) {
      const match = pattern.exec(end)
      if (match !== null) return { kind, groups: match.groups ?? {} }
    }
  }
  return undefined
}

type Variables = Readonly<Record<string, string | undefined>>

function variablesOf(groups: Variables, { insn, registers }: RejectionContext): Variables {
  const value = registers.find(({ register }) => register === groups['register'])?.value
  return { ...groups, insn, value }
}

function explain(
  { kind, title, sentence, advice, function: name, file = 'kernel/bpf/verifier.c' }: RejectionKind,
  variables: Variables,
): ExplainedRejection {
  return { kind, title, sentence: fillIn(sentence, variables), advice, source: `${name}() in ${file}` }
}

/** Puts variables in; a part in brackets is left out where it has one that is not known. */
function fillIn(text: string, variables: Variables): string {
  const isKnown = ([, name = '']: readonly string[]): boolean => variables[name] !== undefined
  return text
    .replace(/\[([^\]]*)\]/g, (_, part: string) => ([...part.matchAll(VARIABLE)].every(isKnown) ? part : ''))
    .replace(VARIABLE, (_, name: string) => variables[name] ?? 'it')
}

const VARIABLE = /\{(\w+)\}/g

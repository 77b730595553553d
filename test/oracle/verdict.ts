import type { BuiltObject } from './corpus.ts'
import type { KnownFailure } from './known_failures.ts'
import type { Outcome } from './peers.ts'

/** What the comparison of one object means for the run. Only `difference` fails it. */
export interface Verdict {
  readonly kind: 'same' | 'known failure' | 'difference'
  /** What was found, for people: problems, or the texts of failures that are as they should be. */
  readonly lines: readonly string[]
}

/** @param differences Between the two snapshots, where there are two. */
export function judge(
  object: BuiltObject,
  ours: Outcome,
  theirs: Outcome,
  differences: readonly string[],
  knownFailures: readonly KnownFailure[],
): Verdict {
  const known = knownFailures.find(
    (entry) =>
      entry.object === object.source.name &&
      (entry.clangs === undefined || entry.clangs.includes(object.clang)),
  )
  const problems = problemsOf(object, ours, theirs, differences)
  const untyped = ours.kind === 'failed' && !ours.typed
  if (known === undefined) {
    if (problems.length > 0) return { kind: 'difference', lines: problems }
    const texts = [...failure('rawbpf', ours), ...failure('bpftool', theirs)]
    return { kind: 'same', lines: texts }
  }
  if (problems.length === 0)
    return { kind: 'difference', lines: ['it passes now: take it off test/oracle/known_failures.ts'] }
  return { kind: untyped ? 'difference' : 'known failure', lines: [`because: ${known.reason}`, ...problems] }
}

function problemsOf(
  { source }: BuiltObject,
  ours: Outcome,
  theirs: Outcome,
  differences: readonly string[],
): readonly string[] {
  const untyped = ours.kind === 'failed' && !ours.typed ? [`rawbpf threw no BpfError: ${ours.text}`] : []
  if (untyped.length > 0) return untyped
  switch (source.expect) {
    case 'both':
      return [...failure('rawbpf', ours), ...failure('bpftool', theirs), ...differences]
    case 'alike':
      if (ours.kind === theirs.kind) return differences
      return [...failure('rawbpf', ours), ...failure('bpftool', theirs)]
    case 'types':
      return [
        ...failure('rawbpf', ours),
        ...failure('bpftool', theirs),
        ...(ours.kind === 'failed' || theirs.kind === 'failed' ? [] : typesKept(differences)),
      ]
    case 'neither':
      return [...success('rawbpf', ours), ...success('bpftool', theirs)]
    case 'rawbpf':
      return [...failure('rawbpf', ours), ...(isEmpty(theirs) ? [] : success('bpftool', theirs))]
  }
}

/** What having types, where bpftool has none, makes different; compare.ts writes these. */
const ONLY_OURS = [
  /^BTF is there, from bpftool none$/,
  /^program .*: number of (func|line)_info records is [1-9]\d*, from bpftool 0$/,
  /^map .*: btf is there, from bpftool none$/,
  /^map .*: (key|value)_type is (?!none,).*, from bpftool none$/,
]

/** Both have to be seen: rawbpf's types, and that bpftool has none. Everything else has to be the same. */
function typesKept(differences: readonly string[]): readonly string[] {
  const unexpected = differences.filter((text) => !ONLY_OURS.some((pattern) => pattern.test(text)))
  const found = (pattern: string): boolean => differences.some((text) => text.includes(pattern))
  return [
    ...unexpected,
    ...['BTF is there', 'func_info records', 'line_info records']
      .filter((pattern) => !found(pattern))
      .map(
        (pattern) => `the source says that rawbpf alone keeps the types, and no difference says: ${pattern}`,
      ),
  ]
}

/** bpftool is content with an object in which it sees no program. */
function isEmpty(outcome: Outcome): boolean {
  return outcome.kind === 'loaded' && outcome.snapshot.programs.size === 0
}

function failure(who: string, outcome: Outcome): readonly string[] {
  if (outcome.kind === 'loaded') return []
  return [`${who} fails (${outcome.code}):`, ...lastLines(outcome.text)]
}

function success(who: string, outcome: Outcome): readonly string[] {
  return outcome.kind === 'failed' ? [] : [`${who} loads it, and the corpus says that it cannot`]
}

/** The end of a verifier log says what was wrong. */
const lastLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(-12)
    .map((line) => `    ${line}`)

import { closestNames } from '../object/closest_names.ts'
import { readUserPattern, type UserPattern } from './list_user_probes.ts'
import { ProbePattern } from './pattern.ts'
import type { Probe } from './probe.ts'
import { ProbesError } from './probes_error.ts'

/**
 * The error where nothing matches, with names that may have been meant: those of the same prefix, or for a word alone of all that there
 * are. For a pattern with wildcards there are none.
 *
 * @param list Lists what matches another pattern.
 */
export function noMatch(
  pattern: ProbePattern,
  list: (pattern: ProbePattern) => Iterable<readonly Probe[]>,
): ProbesError {
  const user = readUserPattern(pattern)
  const hint =
    user === undefined ? kernelHint(closeTo(pattern, list)) : userHint(user, () => closeTo(pattern, list))
  return new ProbesError('PROBES_NO_MATCH', `nothing to attach to matches ${pattern.text}; ${hint}`)
}

function kernelHint(close: readonly string[]): string {
  if (close.length > 0) return didYouMean(close)
  return "the pattern is for whole names, as 'tp/sched/*', or for a part of them, as sched; rawbpf probes --help says more"
}

function userHint({ prefix, executable, glob, places }: UserPattern, close: () => readonly string[]): string {
  const what = places === 'usdt' ? 'USDT probes' : 'functions with names'
  if (/^[*:]+$/.test(glob)) return `${executable} has no ${what}`
  const names = close()
  return names.length > 0 ? didYouMean(names) : `rawbpf probes ${prefix}/${executable} lists what there is`
}

const didYouMean = (names: readonly string[]): string => `did you mean ${names.join(' or ')}?`

function closeTo(
  { text, prefix, rest, isLiteral }: ProbePattern,
  list: (pattern: ProbePattern) => Iterable<readonly Probe[]>,
): readonly string[] {
  if (/[*?]/.test(text) || (!isLiteral && prefix !== undefined)) return []
  const colon = rest.indexOf(':')
  const others = prefix === undefined ? '*' : `${prefix}/${colon === -1 ? '*' : `${rest.slice(0, colon)}:*`}`
  const written = prefix === undefined ? text : rest.slice(colon + 1)
  const partOf = (section: string): string => {
    if (prefix === undefined) return section.slice(section.search(/[^/:]*$/))
    return colon === -1 ? section.slice(prefix.length + 1) : section.slice(section.indexOf(':') + 1)
  }
  const candidates = [...list(new ProbePattern(others))].flat()
  return closestNames(candidates.map(({ section }) => ({ written, known: partOf(section), name: section })))
}

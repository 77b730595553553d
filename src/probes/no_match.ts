import { closestNames } from '../object/closest_names.ts'
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
  list: (pattern: ProbePattern) => Iterable<Probe>,
): ProbesError {
  const close = closeTo(pattern, list)
  const hint =
    close.length > 0
      ? `did you mean ${close.join(' or ')}?`
      : "the pattern is for whole names, as 'tp/sched/*', or for a part of them, as sched; rawbpf probes --help says more"
  return new ProbesError('PROBES_NO_MATCH', `nothing to attach to matches ${pattern.text}; ${hint}`)
}

function closeTo(
  { text, prefix, rest, isLiteral }: ProbePattern,
  list: (pattern: ProbePattern) => Iterable<Probe>,
): readonly string[] {
  if (/[*?]/.test(text) || (!isLiteral && prefix !== undefined)) return []
  const colon = rest.indexOf(':')
  const others = prefix === undefined ? '*' : `${prefix}/${colon === -1 ? '*' : `${rest.slice(0, colon)}:*`}`
  const written = prefix === undefined ? text : rest.slice(colon + 1)
  const partOf = (section: string): string => {
    if (prefix === undefined) return section.slice(section.search(/[^/:]*$/))
    return colon === -1 ? section.slice(prefix.length + 1) : section.slice(section.indexOf(':') + 1)
  }
  const candidates = Array.from(list(new ProbePattern(others)), ({ section }) => ({
    written,
    known: partOf(section),
    name: section,
  }))
  return closestNames(candidates)
}

import { BpfError } from '../base/errors.ts'
import { closestNames } from '../object/closest_names.ts'

/**
 * Which names may have been meant where there is none as it was written. What cannot be listed is no reason to complain: the
 * kernel has said what is wrong.
 *
 * @param list All names that there are; called once.
 */
export function nearMisses(what: string, written: string, list: () => Iterable<string>): string {
  const close = closestNames(listed(list).map((known) => ({ written, known, name: known })))
  const meant = close.length === 0 ? '' : `; did you mean ${close.join(' or ')}?`
  return `this kernel has no ${what} ${written}${meant}`
}

function listed(list: () => Iterable<string>): readonly string[] {
  try {
    return [...list()]
  } catch (error) {
    if (error instanceof BpfError) return []
    throw error
  }
}

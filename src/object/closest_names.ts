const MAX_NAMES = 3

/** A name that may have been meant. */
export interface Candidate {
  /** What was written, or the part of it that is compared. */
  readonly written: string
  /** What it is compared with. */
  readonly known: string
  /** What is suggested: `known`, with whatever is not compared. */
  readonly name: string
}

/**
 * Those that somebody may have meant: the closest, at most three, and none that more than a third of the letters would have
 * to change for. Upper and lower case are the same.
 */
export function closestNames(candidates: readonly Candidate[]): readonly string[] {
  const close = candidates.flatMap(({ written, known, name }) => {
    const limit = Math.max(1, Math.floor(written.length / 3))
    // The lengths alone tell most of them apart; nothing long is compared, whatever a file says.
    if (Math.abs(written.length - known.length) > limit) return []
    const distance = editDistance(written.toLowerCase(), known)
    return distance > limit ? [] : [{ name, distance }]
  })
  const least = Math.min(...close.map(({ distance }) => distance))
  const names = close.filter(({ distance }) => distance === least).map(({ name }) => name)
  return [...new Set(names)].slice(0, MAX_NAMES)
}

/**
 * How many letters have to be inserted, deleted, replaced or swapped with their neighbours to make one name of the other
 * (the distance of Damerau and Levenshtein, by three rows of its table).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const bySwap = swapped ? (beforeLast[j - 2] ?? 0) + 1 : replaced
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced, bySwap))
    }
    beforeLast = last
    last = row
  }
  return last[to.length] ?? 0
}

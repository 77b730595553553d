/** What is left of a series of measurements, in the unit of the measurements. */
export interface Summary {
  readonly count: number
  readonly median: number
  readonly min: number
  /** The interquartile range: half of all measurements lie within it. The noise of the machine. */
  readonly iqr: number
}

/** Summarizes `samples`; undefined where there are none. */
export function summarize(samples: readonly number[]): Summary | undefined {
  const sorted = samples.toSorted((a, b) => a - b)
  const min = sorted[0]
  if (min === undefined) return undefined
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    min,
    iqr: quantile(sorted, 0.75) - quantile(sorted, 0.25),
  }
}

/** The value below which the share `q` of the values lies, interpolated between neighbours. `sorted` is not empty. */
function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1)
  const below = Math.floor(position)
  const lower = sorted[below]!
  const upper = sorted[Math.min(below + 1, sorted.length - 1)]!
  return lower + (upper - lower) * (position - below)
}

/** Characters of a bar. */
const BAR = 40

/** Numbers of the range in BCC's layout, which people know: columns are wider only where the numbers are. */
const [RANGE_WIDTH, WIDE_RANGE, COUNT_WIDTH] = [10, 20, 8]

/** How many values there were in each of a row of ranges. */
export interface Histogram {
  /** What the ranges are of: `usecs`. */
  readonly unit: string
  /** Ascending and without gaps. The last one has something in it; one that has nothing at all has no slots. */
  readonly slots: readonly HistogramSlot[]
}

/** The values from `from` to `to`, both included. */
export interface HistogramSlot {
  readonly from: number | bigint
  readonly to: number | bigint
  readonly count: number
}

/**
 * A histogram of powers of two: slot 0 counts 0 and 1, slot n what is from 2^n to 2^(n+1) - 1. `log2_slot` of bpf/counting.h says
 * which that is.
 *
 * @param counts How often each slot was hit.
 */
export function log2Histogram(counts: readonly (number | bigint)[], unit: string): Histogram {
  return histogram(unit, counts, (slot) => ({
    from: slot === 0 ? 0n : 1n << BigInt(slot),
    to: (2n << BigInt(slot)) - 1n,
  }))
}

/** A histogram of slots of one width: slot n counts what is from n * step to (n + 1) * step - 1. */
export function linearHistogram(counts: readonly (number | bigint)[], step: number, unit: string): Histogram {
  return histogram(unit, counts, (slot) => ({ from: slot * step, to: (slot + 1) * step - 1 }))
}

function histogram(
  unit: string,
  counts: readonly (number | bigint)[],
  range: (slot: number) => Omit<HistogramSlot, 'count'>,
): Histogram {
  const used = counts.slice(0, counts.findLastIndex((count) => count > 0) + 1)
  return { unit, slots: used.map((count, slot) => ({ ...range(slot), count: Number(count) })) }
}

/** A histogram as BCC prints it, a line for each slot with a bar beside its count; '' where it has none. */
export function histogramText({ unit, slots }: Histogram): string {
  const most = Math.max(...slots.map(({ count }) => count))
  const digits = Math.max(...slots.map(({ to }) => String(to).length))
  const width = digits > RANGE_WIDTH ? WIDE_RANGE : RANGE_WIDTH
  const countWidth = Math.max(COUNT_WIDTH, String(most).length)
  const lines = slots.map(({ from, to, count }) => {
    const range = `${String(from).padStart(width)} -> ${String(to).padEnd(width)}`
    const bar = '*'.repeat(Math.floor((count * BAR) / most)).padEnd(BAR)
    return `${range} : ${String(count).padEnd(countWidth)} |${bar}|\n`
  })
  // The unit stands over the middle of the ranges.
  const half = width / 2
  const title = `${' '.repeat(half)}${unit.padEnd(2 * width + 4 - half)} : ${'count'.padEnd(countWidth)} distribution\n`
  return slots.length === 0 ? '' : title + lines.join('')
}

/** Characters of a bar. */
const BAR = 40

/** One line of a histogram. */
interface Slot {
  readonly from: number | bigint
  readonly to: number | bigint
  readonly count: number
}

/**
 * A histogram of powers of two, as BCC prints it: slot 0 counts 0 and 1, slot n what is from 2^n to 2^(n+1) - 1. Slots behind the
 * last that has something are left out; one that has nothing at all is ''.
 *
 * @param unit What is counted: `usecs`.
 */
export function log2Histogram(counts: readonly number[], unit: string): string {
  const slots = counts.map((count, slot) => ({
    from: slot === 0 ? 0n : 1n << BigInt(slot),
    to: (2n << BigInt(slot)) - 1n,
    count,
  }))
  return histogram(slots, unit)
}

/** A histogram of slots of one width: slot n counts what is from n * step to (n + 1) * step - 1. */
export function linearHistogram(counts: readonly number[], step: number, unit: string): string {
  return histogram(
    counts.map((count, slot) => ({ from: slot * step, to: (slot + 1) * step - 1, count })),
    unit,
  )
}

function histogram(slots: readonly Slot[], unit: string): string {
  const used = slots.slice(0, slots.findLastIndex(({ count }) => count > 0) + 1)
  if (used.length === 0) return ''
  const most = Math.max(...used.map(({ count }) => count))
  const width = Math.max(...used.map(({ to }) => String(to).length), 5)
  const range = (from: string, arrow: string, to: string): string =>
    `${from.padStart(width)} ${arrow} ${to.padEnd(width)}`
  const lines = used.map(({ from, to, count }) => {
    const bar = '*'.repeat(Math.floor((count * BAR) / most))
    return `${range(String(from), '->', String(to))} : ${String(count).padEnd(8)} |${bar.padEnd(BAR)}|`
  })
  return `${[`${range(unit, '  ', '')} : count    distribution`, ...lines].join('\n')}\n`
}

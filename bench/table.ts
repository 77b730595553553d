import type { Summary } from './statistics.ts'

/**
 * One measured quantity: rawbpf's side, and what it is compared with. A side that could not be measured is undefined; a
 * reference without a name is none.
 */
export interface Row {
  readonly name: string
  readonly unit: 'ms' | 'MiB' | 'ns' | 'million/s' | '%'
  readonly reference: { readonly name: string; readonly summary: Summary | undefined }
  readonly rawbpf: Summary | undefined
}

/** How many times the reference's median rawbpf's median is; undefined where one is missing, or the reference is 0. */
export function ratioOf(row: Row): number | undefined {
  if (row.rawbpf === undefined || row.reference.summary === undefined) return undefined
  if (row.reference.summary.median === 0) return undefined
  return row.rawbpf.median / row.reference.summary.median
}

/** The rows as aligned text, one line each below a header line. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [
    ['median (min, interquartile range)', 'compared with', '', 'rawbpf', 'ratio'],
    ...rows.map((row) => [
      `${row.name}, ${row.unit}`,
      row.reference.name,
      row.reference.name === '' ? '' : formatSummary(row.reference.summary),
      formatSummary(row.rawbpf),
      ratioOf(row)?.toFixed(2) ?? '',
    ]),
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function formatSummary(summary: Summary | undefined): string {
  if (summary === undefined) return 'not measured'
  return `${summary.median.toFixed(1)} (${summary.min.toFixed(1)}, ${summary.iqr.toFixed(1)})`
}

import type { BtfValue } from '../../btf/value.ts'
import type { AnyMapKind } from '../../index.ts'
import { sumOfCpus } from '../../run/cpu_sum.ts'
import { countsOf, histogramsIn, isHistogramName, withoutHistograms } from '../../run/map_histograms.ts'
import { histogramText, log2Histogram } from '../../tool/histogram.ts'
import { jsonText } from '../../tool/json.ts'
import { printable } from '../../tool/printable.ts'
import type { MapContents, MapEntry, MapPart } from './read_map.ts'

/** What a map holds, for people: a line for each entry that is not all zeros, and its histograms. */
export function mapText(contents: MapContents): string {
  const entries = [...contents.entries]
  const shown = entries.filter(({ values }) => !values.every(isZero))
  return `${titleOf(contents, entries, shown)}\n${bodyOf(contents, shown, entries)}`
}

/** Kinds whose contents are shown otherwise, or are nothing that user space could be shown. */
const silent: ReadonlySet<AnyMapKind> = new Set([
  'ringbuf',
  'perf_event_array',
  'user_ringbuf',
  'struct_ops',
  'prog_array',
])

/** A line about a map whose entries are not listed; none about those that nobody would look for. */
export function unlistedText({ name, kind }: { readonly name: string; readonly kind: AnyMapKind }): string {
  return silent.has(kind) ? '' : `${name} (${kind}): what it holds is not shown\n`
}

/** The same as an object for JSON. */
export function mapJson({ name, kind, isPerCpu, entries }: MapContents): object {
  const shown = [...entries].filter(({ values }) => !values.every(isZero))
  return {
    map: name,
    kind,
    entries: shown.map(({ key, values }) => {
      const plain = values.map(plainValue)
      return isPerCpu ? { key: plainValue(key), values: plain } : { key: plainValue(key), value: plain[0] }
    }),
  }
}

function titleOf(
  { name, kind, isPerCpu }: MapContents,
  entries: readonly MapEntry[],
  shown: readonly MapEntry[],
): string {
  const count = shown.length === 1 ? '1 entry' : `${shown.length} entries`
  const zeros = entries.length - shown.length
  const rest = zeros === 0 ? '' : `, and ${zeros} of zeros`
  const cpus = isPerCpu && shown.some(({ values }) => hasSum(values)) ? ', the sum of all cpus' : ''
  return `${name} (${kind}): ${count}${rest}${cpus}`
}

function bodyOf({ name }: MapContents, shown: readonly MapEntry[], entries: readonly MapEntry[]): string {
  const counts = isHistogramName(name) ? slotsOf(entries) : undefined
  if (counts !== undefined) return histogramText(log2Histogram(counts, name))
  return shown.map(entryText).join('')
}

/** An array whose values are the slots of one histogram. */
function slotsOf(entries: readonly MapEntry[]): readonly number[] | undefined {
  if (!entries.every(({ key }, index) => key === index)) return undefined
  const values: BtfValue[] = []
  for (const entry of entries) {
    const value = oneValue(entry.values)
    if (value === undefined) return undefined
    values.push(value)
  }
  return countsOf(values)
}

function entryText({ key, values }: MapEntry): string {
  const value = oneValue(values)
  if (value === undefined) return `  ${partText(key)}: ${jsonText(values.map(plainValue))}\n`
  // A variable that is an array of slots.
  const variable = typeof key === 'string' ? key : ''
  const slots = isHistogramName(variable) ? countsOf(value) : undefined
  if (slots !== undefined) return histogramText(log2Histogram(slots, variable))
  const histograms = histogramsIn(value).map(({ path, counts }) => histogramText(log2Histogram(counts, path)))
  const rest = histograms.length === 0 ? value : withoutHistograms(value)
  const line = `  ${partText(key)}:${rest === undefined ? '' : ` ${partText(rest)}`}\n`
  return `${line}${histograms.join('')}`
}

/** The value, or the sum of those of all cpus where they are numbers. */
function oneValue(values: readonly MapPart[]): BtfValue | undefined {
  const [only, ...others] = values.map(plainValue)
  return others.length === 0 ? only : sumOfCpus(values.map(plainValue))
}

function hasSum(values: readonly MapPart[]): boolean {
  return sumOfCpus(values.map(plainValue)) !== undefined
}

/** Bytes in hexadecimal. */
function plainValue(part: MapPart): BtfValue {
  return part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part
}

function partText(part: MapPart): string {
  const value = plainValue(part)
  return typeof value === 'object' ? jsonText(value) : printable(String(value))
}

/** Whether every byte is zero, as far as can be seen: an enumerator that is zero has a name. */
function isZero(part: MapPart): boolean {
  if (part instanceof Uint8Array) return part.every((byte) => byte === 0)
  if (typeof part !== 'object') return part === 0 || part === 0n || part === '' || part === false
  return Object.values(part).every(isZero)
}

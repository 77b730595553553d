import type { BtfValue } from '../btf/value.ts'

/** Counts by powers of two, as tools of BCC and libbpf keep them. */
export interface Log2Counts {
  /** Where in a value they are: `slots`, `latency.slots`; '' for a map whose values they are. */
  readonly path: string
  readonly counts: readonly number[]
}

/** What such arrays are called. */
const NAME = /^(?:\w+_)?(?:hists?|histograms?|slots)$/

/** Whether a map or an array of this name holds a histogram. */
export function isHistogramName(name: string): boolean {
  return NAME.test(name)
}

/** The histograms among the members of a value. */
export function histogramsIn(value: BtfValue, path = ''): readonly Log2Counts[] {
  if (typeof value !== 'object') return []
  if (Array.isArray(value)) return arrayHistograms(value, path)
  return Object.entries(value).flatMap(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`
    const counts = isHistogramName(name) ? countsOf(member) : undefined
    return counts === undefined ? histogramsIn(member, at) : [{ path: at, counts }]
  })
}

/** Those of an array of structs. */
function arrayHistograms(values: readonly BtfValue[], path: string): readonly Log2Counts[] {
  return values.flatMap((element, index) => histogramsIn(element, `${path}[${index}]`))
}

/** Slots of a histogram, undefined for what is no array of numbers. */
export function countsOf(value: BtfValue): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SLOTS) return undefined
  const counts: number[] = []
  for (const each of value) {
    if (typeof each !== 'number' && typeof each !== 'bigint') return undefined
    counts.push(Number(each))
  }
  return counts
}

/** No number has more bits, and every slot is a power of two. */
const MAX_SLOTS = 64

/** A value without its histograms; undefined where nothing is left. */
export function withoutHistograms(value: BtfValue): BtfValue | undefined {
  if (typeof value !== 'object' || Array.isArray(value)) return value
  const rest = Object.entries(value).filter(
    ([name, member]) => !isHistogramName(name) || countsOf(member) === undefined,
  )
  return rest.length === 0 ? undefined : Object.fromEntries(rest)
}

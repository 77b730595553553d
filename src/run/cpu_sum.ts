import type { BtfValue } from '../btf/value.ts'

/**
 * The sum of what the cpus have, member by member; undefined where something in it is no number, so that there is none. Sums
 * of 64-bit integers do not wrap.
 */
export function sumOfCpus(values: readonly BtfValue[]): BtfValue | undefined {
  const [first, ...others] = values
  return others.reduce<BtfValue | undefined>(
    (sum, value) => (sum === undefined ? undefined : add(sum, value)),
    first === undefined || !isSummable(first) ? undefined : first,
  )
}

function isSummable(value: BtfValue): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return true
  if (typeof value !== 'object') return false
  return Object.values(value).every(isSummable)
}

function add(left: BtfValue, right: BtfValue): BtfValue | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') return left + right
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (isArray(left)) return isArray(right) ? addArrays(left, right) : undefined
  if (typeof left !== 'object' || typeof right !== 'object' || isArray(right)) return undefined
  const sums: [string, BtfValue][] = []
  for (const [name, member] of Object.entries(left)) {
    const other = right[name]
    const sum = other === undefined ? undefined : add(member, other)
    if (sum === undefined) return undefined
    sums.push([name, sum])
  }
  return Object.fromEntries(sums)
}

function addArrays(left: readonly BtfValue[], right: readonly BtfValue[]): BtfValue | undefined {
  const sums: BtfValue[] = []
  for (const [index, element] of left.entries()) {
    const other = right[index]
    const sum = other === undefined ? undefined : add(element, other)
    if (sum === undefined) return undefined
    sums.push(sum)
  }
  return sums
}

function isArray(value: BtfValue): value is readonly BtfValue[] {
  return Array.isArray(value)
}

import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'

/** The array that ends a struct. Programs often send as much of it as they filled: `char args[]`, or a part of `char args[256]`. */
export interface RecordTail {
  /** The member's name. */
  readonly name: string
  /** Bytes before it. */
  readonly offset: number
  readonly element: TypeId
  /** Bytes of an element. */
  readonly elementSize: number
  /** A flexible array has as many elements as the record has room for. */
  readonly extent: 'flexible' | 'declared'
}

/** The array that ends a struct; undefined for types that end otherwise. @throws BtfError for types that are broken */
export function recordTail(btf: Btf, id: TypeId): RecordTail | undefined {
  const struct = resolve(btf, id)
  if (struct.kind !== 'struct') return undefined
  const last = struct.members.at(-1)
  if (last === undefined || last.name === '') return undefined
  const array = resolve(btf, last.type)
  if (array.kind !== 'array') return undefined
  const { element, length } = array
  const extent = length === 0 ? 'flexible' : 'declared'
  return { name: last.name, offset: last.bitOffset / 8, element, elementSize: sizeOf(btf, element), extent }
}

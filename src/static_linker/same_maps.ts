import { bpf_map_type } from '../abi/generated/bpf.ts'
import { byteOffset, sectionIndex, type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType } from '../btf/describe_type.ts'
import { readMapDefinitions } from '../object/map_definitions.ts'
import type { MapShape, MapSpec } from '../object/map_spec.ts'
import type { Declaration } from './declarations.ts'
import { describeDifference, type Difference, differenceOfTypes } from './same_types.ts'

/**
 * Compares the definitions of one map in two objects: the map is created once, so they have to agree in everything, types of
 * keys and values included. (map_defs_match in libbpf's src/linker.c does the same, but for map_extra.)
 *
 * @returns the first attribute that differs, undefined where there is none. A definition that cannot be understood is the same
 *   as one that cannot be understood for the same reason.
 */
export function differenceOfMaps(name: string, one: Declaration, other: Declaration): Difference | undefined {
  const [oneMap, otherMap] = [readMap(name, one), readMap(name, other)]
  if (oneMap === undefined || otherMap === undefined) return undefined
  if (oneMap.problem !== otherMap.problem) {
    return both('attributes', oneMap.problem ?? 'all known', otherMap.problem ?? 'all known')
  }
  const types = { one: one.types.btf, other: other.types.btf }
  const own = differenceOfShapes(types, oneMap, otherMap)
  if (own !== undefined) return own
  if (oneMap.pinning !== otherMap.pinning) return both('pinning', oneMap.pinning, otherMap.pinning)
  const [inner, otherInner] = [oneMap.innerMap, otherMap.innerMap]
  if (inner === undefined || otherInner === undefined) {
    const text = (shape: MapShape | undefined): string => (shape === undefined ? 'none' : 'given')
    return inner === otherInner ? undefined : both('inner map', text(inner), text(otherInner))
  }
  const difference = differenceOfShapes(types, inner, otherInner)
  return difference && { ...difference, what: `${difference.what} of its inner maps` }
}

function readMap(name: string, { types: { btf }, target }: Declaration): MapSpec | undefined {
  const variables = [{ name, type: target, offset: byteOffset(0) }]
  const source = { object: btf.name, btf, section: sectionIndex(0), variables, slots: [] }
  return readMapDefinitions(source)[0]
}

/** Attributes that are numbers, as definitions spell them. */
const NUMBERS = [
  ['type', 'type'],
  ['keySize', 'key_size'],
  ['valueSize', 'value_size'],
  ['maxEntries', 'max_entries'],
  ['flags', 'map_flags'],
  ['numaNode', 'numa_node'],
  ['mapExtra', 'map_extra'],
] as const

interface BothTypes {
  readonly one: Btf
  readonly other: Btf
}

function differenceOfShapes(types: BothTypes, one: MapShape, other: MapShape): Difference | undefined {
  for (const [field, attribute] of NUMBERS) {
    if (one[field] === other[field]) continue
    const text = field === 'type' ? typeName : String
    return both(attribute, text(Number(one[field])), text(Number(other[field])))
  }
  return (
    differenceOfMapTypes(types, 'key', one.keyType, other.keyType) ??
    differenceOfMapTypes(types, 'value', one.valueType, other.valueType)
  )
}

function differenceOfMapTypes(
  types: BothTypes,
  attribute: string,
  one: TypeId,
  other: TypeId,
): Difference | undefined {
  if (one === VOID && other === VOID) return undefined
  const text = (btf: Btf, id: TypeId): string => (id === VOID ? 'no type' : `'${describeType(btf, id)}'`)
  const shown = both(attribute, text(types.one, one), text(types.other, other))
  if (one === VOID || other === VOID) return shown
  const difference = differenceOfTypes({ btf: types.one, id: one }, { btf: types.other, id: other })
  if (difference === undefined) return undefined
  return { ...shown, other: `${shown.other} (${describeDifference(difference)})` }
}

function typeName(number: number): string {
  return Object.entries(bpf_map_type).find(([, value]) => value === number)?.[0] ?? String(number)
}

const both = (what: string, one: string, other: string): Difference => ({ what, one, other })

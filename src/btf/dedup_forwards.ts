import { KINDS, kindFlagOf, kindOf, vlenOf } from './format.ts'
import type { TypeList } from './type_list.ts'

/** Forward declarations of one name, and the types that they may stand for. */
export interface ForwardGroup {
  readonly forwards: readonly number[]
  /** At least one. They have the name and are what it was declared as: structs, unions or enums. */
  readonly definitions: readonly number[]
}

/**
 * The forward declarations for which there is a definition. An enum of C has no forward declarations but as an extension of
 * compilers; in BTF that is an enum without enumerators.
 */
export function findForwards(list: TypeList): readonly ForwardGroup[] {
  const groups = new Map<string, { readonly forwards: number[]; readonly definitions: number[] }>()
  for (let id = 1; id <= list.count; id++) {
    const record = list.record(id)
    const nameOffset = record[0] ?? 0
    const role = nameOffset === 0 ? undefined : roleOf(record[1] ?? 0)
    if (role === undefined) continue
    const key = `${role.of} ${nameOffset}`
    const group = groups.get(key) ?? { forwards: [], definitions: [] }
    groups.set(key, group)
    group[role.is].push(id)
  }
  return [...groups.values()].filter(
    ({ forwards, definitions }) => forwards.length > 0 && definitions.length > 0,
  )
}

interface Role {
  readonly of: 'struct' | 'union' | 'enum'
  readonly is: 'forwards' | 'definitions'
}

function roleOf(info: number): Role | undefined {
  const kind = KINDS[kindOf(info)]?.name
  if (kind === 'struct' || kind === 'union') return { of: kind, is: 'definitions' }
  if (kind === 'fwd') return { of: kindFlagOf(info) ? 'union' : 'struct', is: 'forwards' }
  if (kind !== 'enum' && kind !== 'enum64') return undefined
  return { of: 'enum', is: vlenOf(info) === 0 ? 'forwards' : 'definitions' }
}

/** By id of `count` types: the type itself, or for a forward declaration of `groups` its first definition. */
export function resolveForwards(count: number, groups: readonly ForwardGroup[]): Uint32Array {
  const resolved = Uint32Array.from({ length: count + 1 }, (_, id) => id)
  for (const { forwards, definitions } of groups) {
    for (const forward of forwards) resolved[forward] = definitions[0] ?? forward
  }
  return resolved
}

import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfComposite, BtfType } from '../btf/types.ts'
import { MAX_ACCESS_LENGTH } from './access.ts'
import { CoreError } from './core_error.ts'

/** One member on the way to the one that was looked for. */
export interface MemberStep {
  readonly composite: BtfComposite
  readonly index: number
}

/**
 * The way from type `id` to its member called `name`, depth first through members without a name: the first one of that
 * name decides. undefined where there is none, or where the type is no struct or union.
 *
 * @param depth Members and elements from the root of the access to `id`.
 * @throws CoreError 'CORE_BAD_RELOCATION' for types that nest too deep
 */
export function findMember(
  btf: Btf,
  id: TypeId,
  name: string,
  depth: number,
): readonly MemberStep[] | undefined {
  const steps: MemberStep[] = []
  return search({ btf, name, steps, searched: new Set() }, id, depth) ? steps : undefined
}

interface Search {
  readonly btf: Btf
  readonly name: string
  /** From the type that the search began with to where it is. */
  readonly steps: MemberStep[]
  /**
   * Composites without such a member. Anonymous members may share their types, and searching each of them again would
   * take time that doubles with every level.
   */
  readonly searched: Set<TypeId>
}

function search(state: Search, id: TypeId, depth: number): boolean {
  const { btf, name, steps, searched } = state
  const composite = resolve(btf, id)
  if (!isComposite(composite) || searched.has(composite.id)) return false
  const { named, unnamed } = membersOf(composite)
  const own = named.get(name)
  for (const { index, type } of unnamed) {
    if (own !== undefined && own < index) break
    refuseDeepNesting(btf, depth)
    steps.push({ composite, index })
    if (search(state, type, depth + 1)) return true
    steps.pop()
  }
  if (own === undefined) {
    searched.add(composite.id)
    return false
  }
  refuseDeepNesting(btf, depth)
  steps.push({ composite, index: own })
  return true
}

/** The members of a composite, as a search for a name needs them. */
interface Members {
  /** The first position of each name. */
  readonly named: ReadonlyMap<string, number>
  readonly unnamed: readonly { readonly index: number; readonly type: TypeId }[]
}

/** Programs ask for several members of a struct, and the kernel's have hundreds. */
const known = new WeakMap<BtfComposite, Members>()

function membersOf(composite: BtfComposite): Members {
  const members = known.get(composite) ?? sortOut(composite)
  known.set(composite, members)
  return members
}

function sortOut({ members }: BtfComposite): Members {
  const named = new Map<string, number>()
  const unnamed: { readonly index: number; readonly type: TypeId }[] = []
  let index = 0
  for (const { name, type } of members) {
    if (name === '') unnamed.push({ index, type })
    else if (!named.has(name)) named.set(name, index)
    index++
  }
  return { named, unnamed }
}

export function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union'
}

/** @throws CoreError 'CORE_BAD_RELOCATION' where an access of `depth` members and elements may not become longer */
export function refuseDeepNesting(btf: Btf, depth: number): void {
  if (depth < MAX_ACCESS_LENGTH) return
  throw new CoreError(
    'CORE_BAD_RELOCATION',
    `cannot search ${btf.name} for a field: its types nest more than ${MAX_ACCESS_LENGTH} levels deep`,
  )
}

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
  return search({ btf, name, searched: undefined }, id, depth)
}

interface Search {
  readonly btf: Btf
  readonly name: string
  /**
   * Composites without such a member. Anonymous members may share their types, and searching each of them again would
   * take time that doubles with every level. Most searches end in the first composite and need none.
   */
  searched: Set<TypeId> | undefined
}

function search(state: Search, id: TypeId, depth: number): readonly MemberStep[] | undefined {
  const { btf, name } = state
  const composite = resolve(btf, id)
  if (!isComposite(composite) || state.searched?.has(composite.id) === true) return undefined
  const { named, unnamed } = membersOf(composite)
  const own = named.get(name)
  for (const { index, type } of unnamed) {
    if (own !== undefined && own < index) break
    refuseDeepNesting(btf, depth)
    const below = search(state, type, depth + 1)
    if (below !== undefined) return [{ composite, index }, ...below]
  }
  if (own === undefined) {
    state.searched ??= new Set()
    state.searched.add(composite.id)
    return undefined
  }
  refuseDeepNesting(btf, depth)
  return [{ composite, index: own }]
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
  members.forEach(({ name, type }, index) => {
    if (name === '') unnamed.push({ index, type })
    else if (!named.has(name)) named.set(name, index)
  })
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

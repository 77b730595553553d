import type { TypeId } from '../base/units.ts'
import { essentialName } from '../btf/essential_name.ts'
import { resolve, type ResolvedType } from '../btf/resolve.ts'
import type { BtfComposite, BtfEnum, BtfFuncProto, BtfFwd, BtfType } from '../btf/types.ts'
import { TypeComparison, type TypePair } from './type_comparison.ts'
import type { TypeReference } from './type_reference.ts'

/**
 * Where a type was met: within the root, so that its bytes are the root's, or behind a pointer, where structs and unions
 * are compared by name and kind alone. Without that difference a struct that points to itself would never be done.
 */
type Place = 'within' | 'behind pointer'

/** Two types, and where they were met. */
interface PlacedPair extends TypePair {
  readonly place: Place
}

/**
 * Whether a target type of the right name has all that the local one has: the strict relation that
 * bpf_core_type_matches() asks for. Typedefs and modifiers are taken off, names are compared on every level without their
 * flavours, and then
 * - integers match if size and sign are the same, arrays if their length is and their elements match;
 * - a struct or union needs every local member, by name, among the target's, and the two to match; the target may have
 *   more of them. Behind a pointer, kind and name are enough, and a forward declaration will do;
 * - an enum needs every local enumerator, by name and with whatever value, and the same size; `enum` matches `enum64`;
 * - functions match if all parameters and what they return do;
 * - floats never do.
 *
 * The rules are those of bpf_core_types_match in libbpf's src/relo_core.c (1.6).
 *
 * @throws CoreError 'CORE_BAD_RELOCATION' for types that nest too deep or take too many steps
 */
export function typesMatch(local: TypeReference, target: TypeReference): boolean {
  const comparison = new TypeComparison(local.btf, target.btf)
  return matches(comparison, { local: local.id, target: target.id, place: 'within' }, 0)
}

/** Each parameter and member is compared on another level. */
function matches(comparison: TypeComparison, root: PlacedPair, level: number): boolean {
  comparison.requireDepth(level)
  return comparison.follow(root, (pair) => compare(comparison, pair, level))
}

/** The answer, or the two types that it depends on. */
function compare(comparison: TypeComparison, pair: PlacedPair, level: number): boolean | PlacedPair {
  comparison.spend(1)
  const { place } = pair
  const local = resolve(comparison.local, pair.local)
  const target = resolve(comparison.target, pair.target)
  if (essentialName(local.name) !== essentialName(target.name)) return false
  switch (local.kind) {
    case 'void':
      return target.kind === 'void'
    case 'fwd':
      return forwardMatches(local, target, place)
    case 'enum':
    case 'enum64':
      return (target.kind === 'enum' || target.kind === 'enum64') && enumsMatch(comparison, local, target)
    case 'struct':
    case 'union':
      if (place === 'behind pointer') return sameComposite(local, target)
      return isComposite(target, local.kind) && membersMatch(comparison, local, target, level)
    case 'int':
      return target.kind === 'int' && local.size === target.size && isSigned(local) === isSigned(target)
    case 'ptr':
      return target.kind === 'ptr' && { local: local.target, target: target.target, place: 'behind pointer' }
    case 'array':
      if (target.kind !== 'array' || local.length !== target.length) return false
      return { local: local.element, target: target.element, place }
    case 'func_proto':
      if (target.kind !== 'func_proto' || !paramsMatch(comparison, local, target, place, level)) return false
      return { local: local.returnType, target: target.returnType, place }
    case 'float':
    case 'func':
    case 'var':
    case 'datasec':
    case 'decl_tag':
      return false
  }
}

/** Behind a pointer, what the program only declared may be defined in the target. */
function forwardMatches(local: BtfFwd, target: ResolvedType, place: Place): boolean {
  if (target.kind === 'fwd') return local.of === target.of
  return place === 'behind pointer' && target.kind === local.of
}

/** Behind a pointer, what the program defines may be only declared in the target. */
function sameComposite(local: BtfComposite, target: ResolvedType): boolean {
  return target.kind === local.kind || (target.kind === 'fwd' && target.of === local.kind)
}

function isComposite(type: BtfType, kind: BtfComposite['kind']): type is BtfComposite {
  return type.kind === kind
}

function isSigned({ encoding }: Extract<BtfType, { kind: 'int' }>): boolean {
  return encoding === 'signed'
}

function enumsMatch(comparison: TypeComparison, local: BtfEnum, target: BtfEnum): boolean {
  if (local.size !== target.size || local.enumerators.length > target.enumerators.length) return false
  comparison.spend(local.enumerators.length + target.enumerators.length)
  const names = new Set(target.enumerators.map(({ name }) => essentialName(name)))
  return local.enumerators.every(({ name }) => names.has(essentialName(name)))
}

/** Anonymous members have one name, the empty one, so that each of them has to match one of the target's. */
function membersMatch(
  comparison: TypeComparison,
  local: BtfComposite,
  target: BtfComposite,
  level: number,
): boolean {
  if (local.members.length > target.members.length) return false
  comparison.spend(local.members.length + target.members.length)
  const byName = new Map<string, TypeId[]>()
  for (const { name, type } of target.members) {
    const key = essentialName(name)
    const types = byName.get(key)
    if (types === undefined) byName.set(key, [type])
    else types.push(type)
  }
  return local.members.every(({ name, type }) =>
    (byName.get(essentialName(name)) ?? []).some((other) =>
      matches(comparison, { local: type, target: other, place: 'within' }, level + 1),
    ),
  )
}

function paramsMatch(
  comparison: TypeComparison,
  local: BtfFuncProto,
  target: BtfFuncProto,
  place: Place,
  level: number,
): boolean {
  if (local.params.length !== target.params.length) return false
  return local.params.every(({ type }, index) => {
    const other = target.params[index]
    return other !== undefined && matches(comparison, { local: type, target: other.type, place }, level + 1)
  })
}

import { resolve } from '../btf/resolve.ts'
import type { BtfFuncProto } from '../btf/types.ts'
import { kindsAreCompatible } from './candidates.ts'
import { TypeComparison, type TypePair } from './type_comparison.ts'
import type { TypeReference } from './type_reference.ts'

/**
 * Whether a target type of the right name may stand for the local one, where only the type's id, size or existence is
 * asked for. That is a loose relation: structs, unions, enums and forward declarations are compatible by kind alone,
 * integers whatever their size and sign, pointers and arrays if what they lead to is, functions if all their parameters
 * and what they return are. Names below the root do not matter, nor do lengths of arrays. The rules are those of
 * bpf_core_types_are_compat in libbpf's src/relo_core.c (1.6).
 *
 * @throws CoreError 'CORE_BAD_RELOCATION' for types that nest too deep
 */
export function typesAreCompatible(local: TypeReference, target: TypeReference): boolean {
  // A typedef stands for itself: one of a struct is no struct of that name.
  if (!kindsAreCompatible(local.btf.kind(local.id), target.btf.kind(target.id))) return false
  const comparison = new TypeComparison(local.btf, target.btf)
  return areCompatible(comparison, { local: local.id, target: target.id }, 0)
}

/** Each parameter is compared on another level. */
function areCompatible(comparison: TypeComparison, root: TypePair, level: number): boolean {
  return comparison.follow(root, (pair) => compare(comparison, pair, level))
}

/** The answer, or the two types that it depends on. */
function compare(comparison: TypeComparison, pair: TypePair, level: number): boolean | TypePair {
  comparison.spend(1)
  const local = resolve(comparison.local, pair.local)
  const target = resolve(comparison.target, pair.target)
  if (!kindsAreCompatible(local.kind, target.kind)) return false
  switch (local.kind) {
    case 'void':
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'fwd':
      return true
    case 'int':
      return target.kind === 'int' && local.bitOffset === 0 && target.bitOffset === 0
    case 'ptr':
      return target.kind === 'ptr' && { local: local.target, target: target.target }
    case 'array':
      return target.kind === 'array' && { local: local.element, target: target.element }
    case 'func_proto':
      if (target.kind !== 'func_proto' || !paramsAreCompatible(comparison, local, target, level)) return false
      return { local: local.returnType, target: target.returnType }
    case 'float':
    case 'func':
    case 'var':
    case 'datasec':
    case 'decl_tag':
      return false
  }
}

function paramsAreCompatible(
  comparison: TypeComparison,
  local: BtfFuncProto,
  target: BtfFuncProto,
  level: number,
): boolean {
  if (local.params.length !== target.params.length) return false
  return local.params.every(({ type }, index) => {
    const other = target.params[index]
    comparison.requireDepth(level)
    return other !== undefined && areCompatible(comparison, { local: type, target: other.type }, level + 1)
  })
}

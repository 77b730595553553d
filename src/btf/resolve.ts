import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { MAX_RESOLVE_DEPTH } from './format.ts'
import type { BtfModifier, BtfType, BtfTypedef, BtfTypeTag } from './types.ts'

/** A type that says something of its own, not only of the type that it refers to. */
export type ResolvedType = Exclude<BtfType, BtfTypedef | BtfModifier | BtfTypeTag>

/**
 * The type behind typedefs, const, volatile, restrict and type tags.
 *
 * @throws BtfError BTF_TOO_DEEP after 32 of them, which only a circle has; what `btf.type` throws
 */
export function resolve(btf: Btf, id: TypeId): ResolvedType {
  let type = skipModifiers(btf, id)
  for (let depth = 0; type.kind === 'typedef'; depth++) {
    if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(btf, id)
    type = skipModifiers(btf, type.target)
  }
  return type
}

/**
 * The type behind const, volatile, restrict and type tags; typedefs are kept.
 *
 * @throws BtfError BTF_TOO_DEEP after 32 of them, which only a circle has; what `btf.type` throws
 */
export function skipModifiers(btf: Btf, id: TypeId): Exclude<BtfType, BtfModifier | BtfTypeTag> {
  let type = btf.type(id)
  for (let depth = 0; isModifier(type); depth++) {
    if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(btf, id)
    type = btf.type(type.target)
  }
  return type
}

function isModifier(type: BtfType): type is BtfModifier | BtfTypeTag {
  return (
    type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'type_tag'
  )
}

/** The error for type `id`, whose chain of references has more than 32 links. */
export function tooDeep(btf: Btf, id: TypeId): BtfError {
  const message = `BTF of ${btf.name}: type ${id} refers to more than ${MAX_RESOLVE_DEPTH} types in a row, probably in a circle.`
  return new BtfError('BTF_TOO_DEEP', message, { object: btf.name })
}

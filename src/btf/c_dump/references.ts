import type { BtfKind } from '../types.ts'
import type { CContext } from './c_context.ts'

/**
 * The type behind const, volatile, restrict and type tags.
 *
 * @throws BtfError BTF_TOO_DEEP for a circle of them
 */
export function unqualified({ table, limits }: CContext, id: number): number {
  let at = id
  for (let depth = 1; isQualifier(table.kind(at)); depth++) {
    limits.step(id, depth)
    at = table.sizeOrType(at)
  }
  return at
}

/** The same, behind typedefs as well. */
export function resolved({ table, limits }: CContext, id: number): number {
  let at = id
  for (let depth = 1, kind = table.kind(at); kind === 'typedef' || isQualifier(kind); depth++) {
    limits.step(id, depth)
    at = table.sizeOrType(at)
    kind = table.kind(at)
  }
  return at
}

function isQualifier(kind: BtfKind): boolean {
  return kind === 'const' || kind === 'volatile' || kind === 'restrict' || kind === 'type_tag'
}

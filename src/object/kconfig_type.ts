import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { resolve, type ResolvedType } from '../btf/resolve.ts'
import type { BtfInt } from '../btf/types.ts'

/** What a `__kconfig` variable can hold. */
export type KconfigType =
  | { readonly kind: 'bool' }
  /** `enum libbpf_tristate` of bpf_helpers.h. */
  | { readonly kind: 'tristate' }
  /** One byte: the letter of a tristate, or a number. */
  | { readonly kind: 'char'; readonly signed: boolean }
  | { readonly kind: 'int'; readonly signed: boolean }
  /** An array of char. */
  | { readonly kind: 'string' }
  /** Another type, which nothing in a configuration can be. */
  | { readonly kind: 'unsupported' }

const UNSUPPORTED: KconfigType = { kind: 'unsupported' }
const STRING: KconfigType = { kind: 'string' }

/**
 * What a variable of this type can hold, as `find_kcfg_type` of tools/lib/bpf/libbpf.c (bpf-next with libbpf 1.6) sees it.
 *
 * @throws what `resolve` throws
 */
export function kconfigTypeOf(btf: Btf, id: TypeId): KconfigType {
  const type = resolve(btf, id)
  if (type.kind === 'int') return intType(type)
  if (type.kind === 'array')
    return type.length > 0 && isChar(resolve(btf, type.element)) ? STRING : UNSUPPORTED
  return isTristate(type) ? { kind: 'tristate' } : UNSUPPORTED
}

/** By its name, whichever kind of enum the compiler makes of it. */
function isTristate(type: ResolvedType): boolean {
  const isEnum = type.kind === 'enum' || type.kind === 'enum64'
  return isEnum && type.name === 'libbpf_tristate' && (type.size === 4 || type.size === 8)
}

function intType({ size, encoding }: BtfInt): KconfigType {
  if (encoding === 'bool') return size === 1 ? { kind: 'bool' } : UNSUPPORTED
  const signed = encoding === 'signed'
  if (size === 1) return { kind: 'char', signed }
  return size === 2 || size === 4 || size === 8 ? { kind: 'int', signed } : UNSUPPORTED
}

function isChar(type: ResolvedType): boolean {
  return type.kind === 'int' && intType(type).kind === 'char'
}

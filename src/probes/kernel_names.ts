import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { AttachTypeInBtf } from '../relocate/attach_place.ts'
import type { Matcher } from './pattern.ts'

/** The types of a kernel and of the modules that it has loaded. */
export interface KernelTypes {
  readonly vmlinux: Btf
  readonly modules: readonly ModuleBtf[]
}

/** A type whose name, behind a prefix, names a place. */
export interface NamedType {
  /** Without the prefix; of a module's the module and a colon before it, as sections have it: `nf_tables:nft_do_chain`. */
  readonly name: string
  readonly btf: Btf
  readonly id: TypeId
}

/**
 * The types of a kind and prefix of which the names match, vmlinux's first, each in the order of ids. A module's is found with its
 * module's name and without. Nothing but names is decoded.
 *
 * @throws BtfError BTF_BAD_STRING
 */
export function namedTypes(
  { vmlinux, modules }: KernelTypes,
  { kind, prefix }: Pick<AttachTypeInBtf, 'prefix'> & { readonly kind: AttachTypeInBtf['kind'] | 'struct' },
  isWanted: Matcher,
): readonly NamedType[] {
  const found: NamedType[] = []
  for (const id of vmlinux.idsOfKind(kind)) {
    const whole = vmlinux.nameOf(id)
    if (!whole.startsWith(prefix)) continue
    const name = whole.slice(prefix.length)
    if (isWanted(name)) found.push({ name, btf: vmlinux, id })
  }
  for (const { name: module, btf } of modules) {
    for (const id of btf.idsOfKind(kind)) {
      const whole = btf.nameOf(id)
      if (!whole.startsWith(prefix)) continue
      const name = whole.slice(prefix.length)
      const qualified = `${module}:${name}`
      if (isWanted(name) || isWanted(qualified)) found.push({ name: qualified, btf, id })
    }
  }
  return found
}

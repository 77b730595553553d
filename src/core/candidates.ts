import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { BtfError } from '../btf/btf_error.ts'
import { essentialName } from '../btf/essential_name.ts'
import type { BtfKind } from '../btf/types.ts'
import type { TypeReference } from './type_reference.ts'

/** Where candidates are searched. Each is asked for at most once, and only when it is needed. */
export interface CoreTargets {
  /** The types of the kernel itself. */
  readonly vmlinux: () => Btf
  /** The types of its modules, split BTF on top of vmlinux's. */
  readonly modules: () => readonly Btf[]
}

/**
 * The candidates of every local root type: the target's types of the same kind and the same essential name, the part of
 * the name before `___`, so that `task_struct___old` in a program finds `task_struct` in the kernel. A typedef stands
 * for itself, under its own name. Modules are searched only for what the kernel itself has no candidate of.
 *
 * Each root type has one list, and relocations of all kinds narrow it: once a field, a type or an enumerator was found in
 * some candidates, the others are not asked again, because the program means one and the same type. libbpf does the same
 * in bpf_core_find_cands (src/libbpf.c) and bpf_core_calc_relo_insn (src/relo_core.c), and without it a later field that
 * two unrelated types of the same name both have becomes ambiguous.
 */
export class CandidateLists {
  readonly #local: Btf
  readonly #lists: Map<TypeId, readonly TypeReference[]>
  /** Why there may be candidates that were not found; undefined where all were. */
  readonly gap: BtfError | undefined

  /** Searches the targets for the names of all `roots`. */
  constructor(local: Btf, targets: CoreTargets, roots: Iterable<TypeId>) {
    this.#local = local
    const ids = [...new Set(roots)]
    this.#lists = new Map(ids.map((id) => [id, []]))
    if (ids.length === 0) return
    const vmlinux = targets.vmlinux()
    this.gap = vmlinux.gap
    this.#search(ids, [vmlinux])
    const missing = ids.filter((id) => local.nameOf(id) !== '' && this.of(id).length === 0)
    if (missing.length > 0) this.#search(missing, targets.modules())
  }

  /** What is left of the candidates of `root`; empty for a root that was not among the constructor's. */
  of(root: TypeId): readonly TypeReference[] {
    return this.#lists.get(root) ?? []
  }

  /** Keeps only those candidates that matched; all, where none did: the program then asks whether something exists. */
  narrow(root: TypeId, matched: readonly TypeReference[]): void {
    if (matched.length > 0) this.#lists.set(root, matched)
  }

  /** One pass over each target serves all roots. */
  #search(roots: readonly TypeId[], targets: readonly Btf[]): void {
    const names = new Set(roots.map((id) => essentialName(this.#local.nameOf(id))))
    names.delete('')
    for (const target of targets) {
      const found = target.ownIdsByEssentialName([...names])
      for (const root of roots)
        this.#lists.set(root, [...this.of(root), ...this.#candidatesOf(root, target, found)])
    }
  }

  #candidatesOf(
    root: TypeId,
    target: Btf,
    found: ReadonlyMap<string, readonly TypeId[]>,
  ): readonly TypeReference[] {
    const ids = found.get(essentialName(this.#local.nameOf(root))) ?? []
    const kind = this.#local.kind(root)
    return ids.filter((id) => kindsAreCompatible(kind, target.kind(id))).map((id) => ({ btf: target, id }))
  }
}

/** Equal kinds, and `enum` with `enum64`: whether a value fits into 32 bits may differ from kernel to kernel. */
export function kindsAreCompatible(local: BtfKind, target: BtfKind): boolean {
  return local === target || (isEnumKind(local) && isEnumKind(target))
}

function isEnumKind(kind: BtfKind): boolean {
  return kind === 'enum' || kind === 'enum64'
}

import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { essentialName } from '../btf/essential_name.ts'
import type { BtfKind } from '../btf/types.ts'

/** A type of the target that a local root type may stand for. */
export interface Candidate {
  readonly btf: Btf
  readonly id: TypeId
}

/**
 * The candidates of every local root type: the target's types of the same kind and the same essential name, the part of
 * the name before `___`, so that `task_struct___old` in a program finds `task_struct` in the kernel. A typedef stands
 * for itself, under its own name.
 *
 * Each root type has one list, and relocations narrow it: once a field was found in some candidates, the others are not
 * asked again, because the program means one and the same type. libbpf does the same in bpf_core_find_cands
 * (src/libbpf.c) and bpf_core_calc_relo_insn (src/relo_core.c), and without it a later field that two unrelated types of
 * the same name both have becomes ambiguous.
 */
export class CandidateLists {
  readonly #local: Btf
  readonly #target: Btf
  readonly #lists: Map<TypeId, readonly Candidate[]>

  /** Searches the target once, for the names of all `roots`. */
  constructor(local: Btf, target: Btf, roots: Iterable<TypeId>) {
    this.#local = local
    this.#target = target
    const ids = [...new Set(roots)]
    const names = new Set(ids.map((id) => essentialName(local.nameOf(id))))
    names.delete('')
    const found = target.idsByEssentialName([...names])
    this.#lists = new Map(ids.map((id) => [id, this.#candidatesOf(id, found)]))
  }

  /** What is left of the candidates of `root`; empty for a root that was not among the constructor's. */
  of(root: TypeId): readonly Candidate[] {
    return this.#lists.get(root) ?? []
  }

  /** Keeps only those candidates that matched; all, where none did: the program then asks whether a field exists. */
  narrow(root: TypeId, matched: readonly Candidate[]): void {
    if (matched.length > 0) this.#lists.set(root, matched)
  }

  #candidatesOf(root: TypeId, found: ReadonlyMap<string, readonly TypeId[]>): readonly Candidate[] {
    const ids = found.get(essentialName(this.#local.nameOf(root))) ?? []
    const kind = this.#local.kind(root)
    return ids
      .filter((id) => kindsAreCompatible(kind, this.#target.kind(id)))
      .map((id) => ({ btf: this.#target, id }))
  }
}

/** Equal kinds, and `enum` with `enum64`: whether a value fits into 32 bits may differ from kernel to kernel. */
export function kindsAreCompatible(local: BtfKind, target: BtfKind): boolean {
  return local === target || (isEnum(local) && isEnum(target))
}

function isEnum(kind: BtfKind): boolean {
  return kind === 'enum' || kind === 'enum64'
}

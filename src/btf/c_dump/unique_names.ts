import type { TypeTable } from '../type_table.ts'
import type { Identifiers } from './identifiers.ts'
import { NameCounts } from './name_counts.ts'

/**
 * Names that C can tell apart. A kernel has several types of one name, each in a file of its own; in a header the second
 * one is `name___2`, which CO-RE takes for a flavour of `name`. C has two name spaces: tags of structs, unions and enums;
 * typedefs and enumerators.
 *
 * Who has a name first is who is asked for first.
 */
export class UniqueNames {
  readonly #table: TypeTable
  readonly #identifiers: Identifiers
  /** By id. */
  readonly #known: (string | undefined)[]
  /** How many have a name so far. */
  readonly #tags: NameCounts
  readonly #ordinary: NameCounts

  constructor(table: TypeTable, identifiers: Identifiers) {
    this.#table = table
    this.#identifiers = identifiers
    this.#tags = new NameCounts(table.strings)
    this.#ordinary = new NameCounts(table.strings)
    this.#known = new Array<string | undefined>(table.end)
  }

  /** Of a struct, union or enum. */
  tag(id: number): string {
    return (this.#known[id] ??= this.#newTag(id))
  }

  typedef(id: number): string {
    return (this.#known[id] ??= this.#unique(this.#table.nameOffset(id), this.#ordinary))
  }

  /** Each one that is asked for is another one. */
  enumerator(nameOffset: number): string {
    return this.#unique(nameOffset, this.#ordinary)
  }

  /** A declaration has the name of what it declares. */
  #newTag(id: number): string {
    const table = this.#table
    const kind = table.kind(id)
    const isDeclaration = kind === 'fwd' || (kind === 'enum' && table.vlen(id) === 0)
    return isDeclaration ? this.#name(table.nameOffset(id)) : this.#unique(table.nameOffset(id), this.#tags)
  }

  #unique(nameOffset: number, counts: NameCounts): string {
    const name = this.#name(nameOffset)
    const count = counts.add(nameOffset, name)
    return count === 1 ? name : `${name}___${count}`
  }

  #name(nameOffset: number): string {
    const name = this.#identifiers.at(nameOffset)
    if (name !== '') return name
    throw this.#table.error('BTF_BAD_TYPE', 'a forward declaration, typedef or enumerator has no name')
  }
}

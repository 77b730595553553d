import type { TypeTable } from '../type_table.ts'
import type { CContext } from './c_context.ts'
import { referencedTypes } from './referenced_types.ts'
import type { Scalars } from './scalars.ts'
import type { WalkLimits } from './walk_limits.ts'

/**
 * C wants a type defined before it is part of another one, and declared before something points to it. So the definitions
 * are in an order in which each comes after those of its parts: a walk from each type through its parts, which defines a
 * type when it comes back from them. What is behind a pointer is not walked through if it has a name, because a
 * declaration will do; a struct without a name has to be written out where it is used, even behind a pointer, and so what
 * it has in it has to be there before.
 *
 * The order is the one that `btf_dump_order_type` of tools/lib/bpf/btf_dump.c (Linux 6.18) finds, down to which type comes
 * first where either could: the names of types that share one depend on it.
 */

/** How a type is needed by the one that the walk came from. */
type Need = 'whole' | 'pointer'

/** Whether a type had to be defined before the one that the walk came from; a typedef of what had not may wait, too. */
type Link = 'strong' | 'weak'

const UNKNOWN = 0
const BEING_ORDERED = 1
const ORDERED = 2

export class DefinitionOrder {
  readonly #table: TypeTable
  readonly #limits: WalkLimits
  readonly #scalars: Scalars
  readonly #define: (id: number) => void
  readonly #states: Uint8Array
  readonly #referenced: Uint8Array

  /** @param define is called with each type that has a definition, once, after the types that it needs */
  constructor({ table, limits, scalars }: CContext, define: (id: number) => void) {
    this.#table = table
    this.#limits = limits
    this.#scalars = scalars
    this.#define = define
    this.#states = new Uint8Array(table.end)
    this.#states[0] = ORDERED
    this.#referenced = referencedTypes(table)
  }

  /**
   * Defines a type, unless that was done, and before it what it needs.
   *
   * @throws BtfError BTF_TOO_DEEP for a type that is part of itself; BTF_TOO_LARGE; BTF_NO_SUCH_TYPE; BTF_UNKNOWN_KIND
   */
  visit(id: number): void {
    this.#order(id, 'whole', 0)
  }

  #order(id: number, need: Need, depth: number): Link {
    const state = this.#states[id] ?? UNKNOWN
    if (state === ORDERED) return 'strong'
    if (state === BEING_ORDERED) return this.#circle(id, need)
    this.#limits.step(id, depth)
    const table = this.#table
    // The kinds that there are most of first: they are compared one by one.
    switch (table.kind(id)) {
      case 'ptr':
        return this.#ordered(id, this.#order(table.sizeOrType(id), 'pointer', depth + 1))
      case 'array':
        return this.#order(table.elementType(id), 'whole', depth + 1)
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        return this.#order(table.sizeOrType(id), need, depth + 1)
      case 'struct':
      case 'union':
        return this.#orderComposite(id, need, depth)
      case 'enum':
      case 'enum64':
      case 'fwd':
        // An enum without a name that nothing refers to is a list of constants.
        if (table.nameOffset(id) !== 0 || this.#referenced[id] === 0) this.#define(id)
        return this.#ordered(id, 'strong')
      case 'typedef':
        return this.#orderTypedef(id, need, depth)
      case 'func_proto':
        return this.#orderFunction(id, need, depth)
      case 'int':
      case 'float':
        return this.#orderScalar(id, depth)
      case 'void':
      case 'func':
      case 'var':
      case 'datasec':
      case 'decl_tag':
        return this.#ordered(id, 'weak')
    }
  }

  #orderComposite(id: number, need: Need, depth: number): Link {
    const table = this.#table
    const hasName = table.nameOffset(id) !== 0
    if (need === 'pointer' && hasName) return 'weak'
    this.#states[id] = BEING_ORDERED
    const count = table.vlen(id)
    for (let index = 0; index < count; index++) this.#order(table.memberType(id, index), 'whole', depth + 1)
    if (hasName) this.#define(id)
    return this.#ordered(id, 'strong')
  }

  #orderTypedef(id: number, need: Need, depth: number): Link {
    const link = this.#order(this.#table.sizeOrType(id), need, depth + 1)
    if (need === 'pointer' && link === 'weak') return 'weak'
    this.#define(id)
    return this.#ordered(id, 'strong')
  }

  #orderFunction(id: number, need: Need, depth: number): Link {
    const table = this.#table
    let link = this.#order(table.sizeOrType(id), need, depth + 1)
    const count = table.vlen(id)
    for (let index = 0; index < count; index++) {
      if (this.#order(table.paramType(id, index), need, depth + 1) === 'strong') link = 'strong'
    }
    return link
  }

  /** One that C does not have is declared once it is used: kernels have one for the sizes of arrays, which nothing uses. */
  #orderScalar(id: number, depth: number): Link {
    if (this.#scalars.isForeign(id)) {
      if (depth === 0) return 'weak'
      this.#define(id)
    }
    return this.#ordered(id, 'weak')
  }

  #ordered(id: number, link: Link): Link {
    this.#states[id] = ORDERED
    return link
  }

  #circle(id: number, need: Need): Link {
    const table = this.#table
    if (need === 'pointer' && table.nameOffset(id) !== 0) return 'weak'
    throw table.error('BTF_TOO_DEEP', `type ${id} is part of itself`)
  }
}

import type { TypeTable } from '../type_table.ts'
import { attributeOf } from './attributes.ts'
import type { CContext } from './c_context.ts'
import { unqualified } from './references.ts'

/** The definition of a struct, union or enum without a name, to be put where it is used; `indent` begins its lines. */
export type DefineAnonymous = (id: number, indent: string) => string

/**
 * Declarations: `int (*const handlers[4])(void *, ...)`. C writes a type around the name, what is nearest to it first. So
 * each type has two halves, which stand around those of the type that it is made of: an array is `[4]` before its element's
 * right half; a pointer is a star behind the left half of what it points to, in parentheses where that has a right half.
 *
 * Most members are of a type that other members have, too. So the halves are kept, unless a definition is in them: each
 * place has a copy of that of its own.
 */
export class Declarators {
  readonly #context: CContext
  readonly #table: TypeTable
  readonly #defineAnonymous: DefineAnonymous
  /** By id. */
  readonly #lefts: (string | undefined)[]
  readonly #rights: (string | undefined)[]
  /** How many definitions were written so far. */
  #definitions = 0
  /** How many types lie around the one that is being written. */
  #depth = 0

  constructor(context: CContext, defineAnonymous: DefineAnonymous) {
    this.#context = context
    this.#table = context.table
    this.#defineAnonymous = defineAnonymous
    this.#lefts = new Array<string | undefined>(context.table.end)
    this.#rights = new Array<string | undefined>(context.table.end)
  }

  /** Declares `name` to be of this type. Where it is empty it is left out: `int (*)(void)`. */
  declare(id: number, name: string, indent: string): string {
    const left = this.#left(id, indent)
    const right = this.#right(id, indent)
    if (name !== '') return left + name + right
    return (left.endsWith(' ') ? left.slice(0, -1) : left) + right
  }

  /** What stands before the name: it ends with a star, or with the space behind a word. */
  #left(id: number, indent: string): string {
    const known = this.#lefts[id]
    if (known !== undefined) return known
    const definitions = this.#definitions
    this.#context.limits.step(id, ++this.#depth)
    const left = this.#makeLeft(id, indent)
    this.#depth--
    if (this.#definitions === definitions) this.#lefts[id] = left
    return left
  }

  #makeLeft(id: number, indent: string): string {
    const table = this.#table
    const kind = table.kind(id)
    switch (kind) {
      case 'ptr':
        return this.#pointer(table.sizeOrType(id), indent)
      case 'array':
        return this.#left(table.elementType(id), indent)
      case 'func_proto':
        return this.#left(table.sizeOrType(id), indent)
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        return this.#qualified(id, indent)
      case 'void':
        return 'void '
      case 'int':
      case 'float':
        return `${this.#context.scalars.name(id)} `
      case 'struct':
      case 'union':
        return this.#tagged(kind, id, indent)
      case 'enum':
      case 'enum64':
        return this.#tagged('enum', id, indent)
      case 'fwd':
        return this.#tagged(table.kindFlag(id) ? 'union' : 'struct', id, indent)
      case 'typedef':
        return `${this.#context.names.typedef(id)} `
      case 'func':
      case 'var':
      case 'datasec':
      case 'decl_tag':
        throw table.error('BTF_BAD_TYPE', `type ${id} (${kind}) is used as the type of something`)
    }
  }

  #pointer(target: number, indent: string): string {
    const left = this.#left(target, indent)
    const kind = this.#table.kind(unqualified(this.#context, target))
    if (kind === 'func_proto') return left.endsWith('*') ? `${left} (*` : `${left}(*`
    return kind === 'array' ? `${left}(*` : `${left}*`
  }

  #tagged(word: 'struct' | 'union' | 'enum', id: number, indent: string): string {
    if (this.#table.nameOffset(id) !== 0) return `${word} ${this.#context.names.tag(id)} `
    this.#definitions++
    return `${this.#defineAnonymous(id, indent)} `
  }

  /**
   * Qualifiers stand behind the star of a pointer, before the name of other types. Those of arrays and functions say nothing
   * and are left out: GCC describes `const int a[2]` as a constant array of constant elements, and a function that does
   * not return as a volatile one.
   */
  #qualified(id: number, indent: string): string {
    const target = unqualified(this.#context, id)
    const left = this.#left(target, indent)
    if (this.#hasRight(target)) return left
    const table = this.#table
    const isPointer = table.kind(target) === 'ptr'
    let before = ''
    let behind = ''
    for (let at = id; at !== target; at = table.sizeOrType(at)) {
      const kind = table.kind(at)
      if (kind === 'type_tag') behind = `${attributeOf(table, at)} ${behind}`
      else if (isPointer) behind = `${kind} ${behind}`
      else before = `${kind} ${before}`
    }
    return `${before}${left}${isPointer ? ' ' : ''}${behind}`
  }

  /** What stands behind the name. */
  #right(id: number, indent: string): string {
    const known = this.#rights[id]
    if (known !== undefined) return known
    const definitions = this.#definitions
    this.#context.limits.step(id, ++this.#depth)
    const right = this.#makeRight(id, indent)
    this.#depth--
    if (this.#definitions === definitions) this.#rights[id] = right
    return right
  }

  #makeRight(id: number, indent: string): string {
    const table = this.#table
    const target = unqualified(this.#context, id)
    const kind = table.kind(target)
    if (kind === 'array') return `[${table.length(target)}]${this.#right(table.elementType(target), indent)}`
    const next = table.sizeOrType(target)
    if (kind === 'func_proto') return `(${this.#parameters(target, indent)})${this.#right(next, indent)}`
    if (kind !== 'ptr') return ''
    const right = this.#right(next, indent)
    return this.#hasRight(next) ? `)${right}` : right
  }

  /** clang describes `f(void)` by one parameter that is void; a last one of several stands for `...`. */
  #parameters(id: number, indent: string): string {
    const { identifiers, limits } = this.#context
    const table = this.#table
    const count = table.vlen(id)
    if (count === 0 || (count === 1 && table.paramType(id, 0) === 0)) return 'void'
    let text = ''
    for (let index = 0; index < count; index++) {
      const type = table.paramType(id, index)
      if (index > 0) text += ', '
      if (type === 0 && index === count - 1) text += '...'
      else text += this.declare(type, identifiers.at(table.paramName(id, index)), indent)
      limits.size(text)
    }
    return text
  }

  /** Whether a type has a right half, so that a pointer to it needs parentheses. */
  #hasRight(id: number): boolean {
    const kind = this.#table.kind(unqualified(this.#context, id))
    return kind === 'array' || kind === 'func_proto'
  }
}

import { POINTER_SIZE } from '../layout.ts'
import type { TypeTable } from '../type_table.ts'
import type { WalkLimits } from './walk_limits.ts'

/** What arithmetic is exact with, and far beyond any type's size. */
const MAX_BYTES = 2 ** 40

/**
 * Sizes and alignments of a table's types, as a compiler has them. As src/btf/layout.ts finds them, but for all types of a
 * kernel: each alignment is found once, and what has no size has 0 bytes.
 */
export class TypeLayout {
  readonly #table: TypeTable
  readonly #limits: WalkLimits
  /** By id: bytes, 0 where they are not known yet. */
  readonly #alignments: Uint8Array

  constructor(table: TypeTable, limits: WalkLimits) {
    this.#table = table
    this.#limits = limits
    this.#alignments = new Uint8Array(table.end)
  }

  /** Bytes of a value; 0 of what has no size: a forward declaration, a function, an array of such. */
  sizeOf(id: number): number {
    const table = this.#table
    let count = 1
    let at = id
    for (let depth = 1; ; depth++) {
      this.#limits.step(id, depth)
      switch (table.kind(at)) {
        case 'ptr':
          return Math.min(MAX_BYTES, count * POINTER_SIZE)
        case 'int':
        case 'float':
        case 'enum':
        case 'enum64':
        case 'struct':
        case 'union':
          return Math.min(MAX_BYTES, count * table.sizeOrType(at))
        case 'array':
          count = Math.min(MAX_BYTES, count * table.length(at))
          at = table.elementType(at)
          break
        case 'typedef':
        case 'const':
        case 'volatile':
        case 'restrict':
        case 'type_tag':
          at = table.sizeOrType(at)
          break
        case 'void':
        case 'fwd':
        case 'func':
        case 'func_proto':
        case 'var':
        case 'datasec':
        case 'decl_tag':
          return 0
      }
    }
  }

  /** Bytes; 1 of what has no alignment. */
  alignmentOf(id: number): number {
    return this.#alignment(id, 0)
  }

  /**
   * Whether a compiler would lay this struct or union out differently, unless it is told that it is packed: BTF does not
   * say so. What has the same layout either way is taken not to be.
   */
  isPacked(id: number): boolean {
    return this.#natural(id, 0) === undefined
  }

  #alignment(id: number, depth: number): number {
    const known = this.#alignments[id] ?? 0
    if (known !== 0) return known
    this.#limits.step(id, depth)
    const alignment = this.#find(id, depth)
    this.#alignments[id] = alignment
    return alignment
  }

  #find(id: number, depth: number): number {
    const table = this.#table
    switch (table.kind(id)) {
      case 'ptr':
        return POINTER_SIZE
      case 'int':
      case 'float':
      case 'enum':
      case 'enum64':
        return Math.max(1, Math.min(POINTER_SIZE, table.sizeOrType(id)))
      case 'struct':
      case 'union':
        return this.#natural(id, depth) ?? 1
      case 'array':
        return this.#alignment(table.elementType(id), depth + 1)
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        return this.#alignment(table.sizeOrType(id), depth + 1)
      case 'void':
      case 'fwd':
      case 'func':
      case 'func_proto':
      case 'var':
      case 'datasec':
      case 'decl_tag':
        return 1
    }
  }

  /** The alignment that the members give a struct or union; undefined where its layout is none that they give. */
  #natural(id: number, depth: number): number | undefined {
    const table = this.#table
    const count = table.vlen(id)
    let largest = 1
    for (let index = 0; index < count; index++) {
      const alignment = this.#alignment(table.memberType(id, index), depth + 1)
      const isBitfield = table.bitfieldSize(id, index) !== 0
      if (!isBitfield && table.memberOffset(id, index) % (8 * alignment) !== 0) return undefined
      if (alignment > largest) largest = alignment
    }
    return table.sizeOrType(id) % largest === 0 ? largest : undefined
  }
}

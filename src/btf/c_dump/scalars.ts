import { INT_ENCODINGS } from '../format.ts'
import type { TypeTable } from '../type_table.ts'
import type { UniqueNames } from './unique_names.ts'

/** What C makes the names of its own scalar types of. */
const WORD = /^(char|short|int|long|signed|unsigned|float|double|_Bool|__int128)$/

const UNSIGNED = new Map([
  [1, 'unsigned char'],
  [2, 'unsigned short'],
  [4, 'unsigned int'],
  [8, 'unsigned long long'],
  [16, 'unsigned __int128'],
])

const SIGNED = new Map([
  [1, 'signed char'],
  [2, 'short'],
  [4, 'int'],
  [8, 'long long'],
  [16, '__int128'],
])

const FLOATS = new Map([
  [2, '_Float16'],
  [4, 'float'],
  [8, 'double'],
])

/**
 * Integers and floating-point numbers. C has its own names for them, and BTF has the same. What has another one, `__Poly8_t`
 * of GCC for arm64 or `u32` of Rust, is declared as a typedef.
 */
export class Scalars {
  readonly #table: TypeTable
  readonly #names: UniqueNames
  /** By id: what C calls it. */
  readonly #own = new Map<number, string | undefined>()

  constructor(table: TypeTable, names: UniqueNames) {
    this.#table = table
    this.#names = names
  }

  /** @throws BtfError BTF_BAD_STRING */
  name(id: number): string {
    return this.#ownName(id) ?? this.#names.typedef(id)
  }

  /** Whether C does not have it. */
  isForeign(id: number): boolean {
    return this.#ownName(id) === undefined
  }

  /** What a foreign one is declared as: `typedef unsigned char __Poly8_t`. */
  declaration(id: number): string {
    return `typedef ${this.#description(id)} ${this.#names.typedef(id)}`
  }

  #ownName(id: number): string | undefined {
    if (this.#own.has(id)) return this.#own.get(id)
    const name = this.#table.string(this.#table.nameOffset(id))
    const own = name === '' ? this.#description(id) : isOwn(name) ? name : undefined
    this.#own.set(id, own)
    return own
  }

  /** The type of C that is like it. */
  #description(id: number): string {
    const table = this.#table
    const size = table.sizeOrType(id)
    if (table.kind(id) === 'float') return FLOATS.get(size) ?? 'long double'
    const encoding = (table.word(id, 0) >>> 24) & 0xf
    if (encoding === INT_ENCODINGS.bool) return '_Bool'
    const found = (encoding === INT_ENCODINGS.signed ? SIGNED : UNSIGNED).get(size)
    if (found !== undefined) return found
    throw table.error('BTF_BAD_TYPE', `type ${id} (int) has ${size} bytes, and C has no such type`)
  }
}

function isOwn(name: string): boolean {
  return name.split(' ').every((word) => WORD.test(word))
}

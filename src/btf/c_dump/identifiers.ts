import type { TypeTable } from '../type_table.ts'

const UNDERSCORE = 0x5f

/** By byte of a name: what C has in its place. */
export const IDENTIFIER_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 || /^[\w$]$/.test(String.fromCharCode(byte)) ? byte : UNDERSCORE,
)

/** Of C11 and before, and GNU C's `asm` and `typeof`: what clang does not take for a name by default. */
const KEYWORDS =
  `asm auto break case char const continue default do double else enum extern float for goto if inline int long
  register restrict return short signed sizeof static struct switch typedef typeof union unsigned void volatile while
  _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local`.split(
    /\s+/,
  )

const MAX_KEYWORD = Math.max(...KEYWORDS.map(({ length }) => length))

/** The keywords of each length. */
const KEYWORDS_BY_LENGTH: readonly (readonly string[])[] = Array.from(
  { length: MAX_KEYWORD + 1 },
  (_, length) => KEYWORDS.filter((word) => word.length === length),
)

/** The names of a table of types, as C can have them. */
export class Identifiers {
  readonly #table: TypeTable

  constructor(table: TypeTable) {
    this.#table = table
  }

  /**
   * The name at `offset` in the strings. What C does not know as a name, other languages do: characters that cannot be in one
   * become underscores, and keywords get one more.
   *
   * @throws BtfError BTF_BAD_STRING
   */
  at(offset: number): string {
    const { strings, text } = this.#table
    let difference = 0
    let end = offset
    for (; ; end++) {
      const byte = strings[end]
      if (byte === 0) break
      // Btf has the words for what is wrong.
      if (byte === undefined) return this.#table.string(offset)
      difference |= byte ^ (IDENTIFIER_BYTES[byte] ?? 0)
    }
    const name = text.slice(offset, end)
    if (difference !== 0 || isDigit(strings[offset] ?? 0)) return madeIdentifier(name)
    return end - offset <= MAX_KEYWORD && isKeyword(name) ? `${name}_` : name
  }
}

function madeIdentifier(name: string): string {
  const identifier = name.replace(/[^\w$]/g, '_')
  return /^\d/.test(identifier) ? `_${identifier}` : identifier
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isKeyword(name: string): boolean {
  for (const word of KEYWORDS_BY_LENGTH[name.length] ?? []) {
    if (word === name) return true
  }
  return false
}

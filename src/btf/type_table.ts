import { typeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError, type BtfErrorCode } from './btf_error.ts'
import { KINDS, kindNumber, kindOf, MEMBER_OFFSET_MASK, TYPE_WORDS, VLEN_MASK } from './format.ts'
import type { BtfKind } from './types.ts'

/** `struct btf_member`: name_off, type, offset. */
const MEMBER_WORDS = 3
/** `struct btf_enum`: name_off, val. */
const ENUM_WORDS = 2
/** `struct btf_enum64`: name_off, val_lo32, val_hi32. */
const ENUM64_WORDS = 3
/** `struct btf_param`: name_off, type. */
const PARAM_WORDS = 2
/** `struct btf_var_secinfo`: type, offset, size. */
const VARIABLE_WORDS = 3

const ENUM64 = kindNumber('enum64')

const KIND_NAMES: readonly BtfKind[] = KINDS.map(({ name }) => name)

/**
 * All types of a BTF and of what it goes on from, as they lie in memory: for walks over a whole kernel's types, where making
 * an object for each of 130,000 takes longer than the walk. Ids are plain numbers here, and nothing is checked but that they
 * exist: words that are not there are 0.
 */
export class TypeTable {
  readonly name: string
  /** The id after the last one. */
  readonly end: number
  readonly words: Uint32Array
  /** By id: where the type starts in `words`. Void starts behind all of them, where everything is 0. */
  readonly starts: Uint32Array
  /** By id: the kind's number. */
  readonly kinds: Uint8Array
  /** NUL-terminated, at the offsets that names have. */
  readonly strings: Buffer
  /** The same, a character for each byte, to cut names out of. */
  readonly text: string
  readonly #btf: Btf

  constructor(btf: Btf) {
    const sections = chainOf(btf).map((each) => each.records)
    this.#btf = btf
    this.name = btf.name
    this.end = btf.firstId + btf.typeCount
    this.words = joined(
      sections.map(({ words }) => words),
      (length) => new Uint32Array(length),
    )
    this.strings = joined(
      sections.map(({ strings }) => strings),
      (length) => Buffer.alloc(length),
    )
    this.text = this.strings.toString('latin1')
    this.starts = new Uint32Array(this.end)
    this.starts[0] = this.words.length
    let id = 1
    let wordsBefore = 0
    for (const { words, starts } of sections) {
      this.starts.set(wordsBefore === 0 ? starts : starts.map((start) => wordsBefore + start), id)
      id += starts.length
      wordsBefore += words.length
    }
    this.kinds = kindNumbers(this.words, this.starts)
  }

  /** Of all words and strings. */
  get byteLength(): number {
    return this.words.byteLength + this.strings.length
  }

  /** @throws BtfError BTF_NO_SUCH_TYPE, BTF_UNKNOWN_KIND */
  kind(id: number): BtfKind {
    // Btf has the words for what is wrong.
    return this.knownKind(id) ?? this.#btf.kind(typeId(id))
  }

  /** As `kind`, but undefined for an id that there is not and a kind that is not known here. */
  knownKind(id: number): BtfKind | undefined {
    return KIND_NAMES[this.kinds[id] ?? KIND_NAMES.length]
  }

  /** Where the name is in the strings, 0 where there is none. */
  nameOffset(id: number): number {
    return this.words[this.starts[id] ?? 0] ?? 0
  }

  /**
   * The string at this offset.
   *
   * @throws BtfError BTF_BAD_STRING
   */
  string(offset: number): string {
    return this.#btf.string(offset)
  }

  /** The same; undefined where there is none. */
  stringIfAny(offset: number): string | undefined {
    const { strings } = this
    let highest = 0
    let end = offset
    for (; ; end++) {
      const byte = strings[end]
      if (byte === 0) break
      if (byte === undefined) return undefined
      highest |= byte
    }
    return highest < 0x80 ? this.text.slice(offset, end) : strings.toString('utf8', offset, end)
  }

  /** Whether it has this name, of ASCII characters. */
  isNamed(id: number, name: string): boolean {
    const offset = this.nameOffset(id)
    for (let index = 0; index < name.length; index++) {
      if (this.strings[offset + index] !== name.charCodeAt(index)) return false
    }
    return this.strings[offset + name.length] === 0
  }

  vlen(id: number): number {
    return this.#info(id) & VLEN_MASK
  }

  /** The top bit of `info`: whether members may be bitfields, enumerators are signed, a forward declaration is of a union. */
  kindFlag(id: number): boolean {
    return this.#info(id) >>> 31 === 1
  }

  /** The third word: bytes, or the type that is referred to. */
  sizeOrType(id: number): number {
    return this.words[(this.starts[id] ?? 0) + 2] ?? 0
  }

  /** The word `index` places after `struct btf_type`. */
  word(id: number, index: number): number {
    return this.words[(this.starts[id] ?? 0) + TYPE_WORDS + index] ?? 0
  }

  /** Of an array. */
  elementType(id: number): number {
    return this.word(id, 0)
  }

  /** Of an array. */
  indexType(id: number): number {
    return this.word(id, 1)
  }

  /** Of an array. */
  length(id: number): number {
    return this.word(id, 2)
  }

  memberName(id: number, index: number): number {
    return this.word(id, index * MEMBER_WORDS)
  }

  memberType(id: number, index: number): number {
    return this.word(id, index * MEMBER_WORDS + 1)
  }

  /** Bits. */
  memberOffset(id: number, index: number): number {
    const offset = this.word(id, index * MEMBER_WORDS + 2)
    return this.kindFlag(id) ? offset & MEMBER_OFFSET_MASK : offset
  }

  /** Bits; 0 where the member is no bitfield. */
  bitfieldSize(id: number, index: number): number {
    return this.kindFlag(id) ? this.word(id, index * MEMBER_WORDS + 2) >>> 24 : 0
  }

  enumeratorName(id: number, index: number): number {
    return this.word(id, index * this.#enumeratorWords(id))
  }

  /** The low half of the value. */
  enumeratorLow(id: number, index: number): number {
    return this.word(id, index * this.#enumeratorWords(id) + 1)
  }

  /** The high half, of an enum64. */
  enumeratorHigh(id: number, index: number): number {
    return this.word(id, index * ENUM64_WORDS + 2)
  }

  paramName(id: number, index: number): number {
    return this.word(id, index * PARAM_WORDS)
  }

  paramType(id: number, index: number): number {
    return this.word(id, index * PARAM_WORDS + 1)
  }

  /** Of a datasec. */
  variableType(id: number, index: number): number {
    return this.word(id, index * VARIABLE_WORDS)
  }

  /** Bytes from the start of the section. */
  variableOffset(id: number, index: number): number {
    return this.word(id, index * VARIABLE_WORDS + 1)
  }

  /** Bytes. */
  variableSize(id: number, index: number): number {
    return this.word(id, index * VARIABLE_WORDS + 2)
  }

  /** An error about these types. */
  error(code: BtfErrorCode, what: string): BtfError {
    return new BtfError(code, `BTF of ${this.name}: ${what}.`, { object: this.name })
  }

  #enumeratorWords(id: number): number {
    return this.kinds[id] === ENUM64 ? ENUM64_WORDS : ENUM_WORDS
  }

  #info(id: number): number {
    return this.words[(this.starts[id] ?? 0) + 1] ?? 0
  }
}

function kindNumbers(words: Uint32Array, starts: Uint32Array): Uint8Array {
  const count = starts.length
  const kinds = new Uint8Array(count)
  for (let id = 1; id < count; id++) kinds[id] = kindOf(words[(starts[id] ?? 0) + 1] ?? 0)
  return kinds
}

/** From the one that everything goes on from to `btf` itself. */
function chainOf(btf: Btf): readonly Btf[] {
  const chain: Btf[] = []
  for (let each: Btf | undefined = btf; each !== undefined; each = each.base) chain.unshift(each)
  return chain
}

/** One after the other; not copied where there is one alone. */
function joined<Part extends Uint32Array | Buffer>(
  parts: readonly Part[],
  make: (length: number) => Part,
): Part {
  const [only, ...others] = parts
  if (only !== undefined && others.length === 0) return only
  const all = make(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

import { plainBytes } from '../base/plain_bytes.ts'
import type { Endianness } from '../base/reader.ts'
import { typeId, VOID, type TypeId } from '../base/units.ts'
import { BtfError } from './btf_error.ts'
import { decodeType } from './decode_type.ts'
import { essentialName } from './essential_name.ts'
import { KINDS, kindNumber, kindOf } from './format.ts'
import { readHeader } from './header.ts'
import { searchNames, type NameQuery } from './name_search.ts'
import { StringSection } from './string_section.ts'
import { asWords, indexTypes, kindLengths } from './type_index.ts'
import type { BtfKind, BtfType, BtfTypeOf, BtfVoid } from './types.ts'

export interface BtfParseOptions {
  /** What errors call this BTF: a file name, or `vmlinux`. */
  readonly name: string
  /** What split BTF (a kernel module's) goes on from: ids and string offsets continue where the base's end. */
  readonly base?: Btf | undefined
  /**
   * What to do at a kind that is not known here and that no layout section describes. The types after it cannot be found.
   * 'stop' keeps those before it, for a kernel's BTF, of which a program needs a few types only: `gap` says so then.
   * Default 'fail'.
   */
  readonly atUnknownKind?: 'fail' | 'stop'
}

/** Types that nobody decoded. */
export interface BtfRecords {
  /** The type section. */
  readonly words: Uint32Array
  /** Where each type starts in `words`. */
  readonly starts: Uint32Array
  /** The string section. */
  readonly strings: Buffer
}

const VOID_TYPE: BtfVoid = { kind: 'void', id: VOID, name: '' }

/**
 * The types of one `.BTF` section or kernel BTF. Parsing finds where each type starts and nothing else; a type is decoded
 * and checked when it is first asked for, so a broken type costs only those who touch it. `bytes` are not copied and must
 * not change while the Btf is used.
 */
export class Btf {
  readonly name: string
  readonly endianness: Endianness
  readonly base: Btf | undefined
  /** What was parsed. */
  readonly bytes: Uint8Array
  /** The id of the first type of its own: 1, or in split BTF the one after the base's last. */
  readonly firstId: TypeId
  /** How many types of its own. */
  readonly typeCount: number
  /** Bytes from the start of `bytes` to the type section. */
  readonly typesStart: number
  /**
   * Why there are types behind the last one that could not be found; undefined where all were. Then a name that is not
   * found may still be there: whoever concludes something from its absence has to look here first.
   */
  readonly gap: BtfError | undefined

  readonly #words: Uint32Array
  readonly #starts: Uint32Array
  readonly #strings: StringSection
  readonly #decoded = new Map<TypeId, BtfType>()

  /**
   * @param bytes a whole `.BTF` section, of either endianness
   * @throws BtfError BTF_TRUNCATED, BTF_BAD_HEADER, or BTF_UNKNOWN_KIND for a kind that cannot be skipped, here or in the base
   */
  static parse(bytes: Uint8Array, options: BtfParseOptions): Btf {
    return new Btf(plainBytes(bytes), options)
  }

  private constructor(bytes: Uint8Array, { name, base, atUnknownKind = 'fail' }: BtfParseOptions) {
    // Ids go on after the base's last, which nobody knows.
    if (base?.gap !== undefined) throw base.gap
    const sections = readHeader(bytes, name)
    this.name = name
    this.base = base
    this.bytes = bytes
    this.endianness = sections.endianness
    this.typesStart = sections.typesStart
    const firstId = base === undefined ? 1 : base.firstId + base.typeCount
    this.firstId = typeId(firstId)
    this.#words = asWords(sections.types, sections.endianness)
    const { starts, gap } = indexTypes(this.#words, kindLengths(sections.layout), {
      object: name,
      firstId,
      typesStart: sections.typesStart,
    })
    if (gap !== undefined && (atUnknownKind === 'fail' || gap.code !== 'BTF_UNKNOWN_KIND')) throw gap
    this.#starts = starts
    this.gap = gap
    this.typeCount = this.#starts.length
    this.#strings = new StringSection(sections.strings, {
      object: name,
      base: base === undefined ? undefined : base.#strings,
    })
  }

  /**
   * The type with this id, decoded at the first call; the same object at the next ones. What it refers to is not looked at.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE, BTF_UNKNOWN_KIND, BTF_BAD_TYPE, BTF_BAD_STRING
   */
  type(id: TypeId): BtfType {
    if (id === 0) return VOID_TYPE
    if (id < this.firstId && this.base !== undefined) return this.base.type(id)
    return this.#decoded.get(id) ?? this.#decode(id)
  }

  #decode(id: TypeId): BtfType {
    const start = this.#startOf(id)
    const type = decodeType(id, {
      kind: this.#kindAt(id, start),
      words: this.#words,
      start,
      string: (offset) => this.#strings.at(offset),
      fail: (message) => this.#badType(id, message),
    })
    this.#decoded.set(id, type)
    return type
  }

  /**
   * The kind, without decoding the type.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE, BTF_UNKNOWN_KIND
   */
  kind(id: TypeId): BtfKind {
    if (id === 0) return 'void'
    if (id < this.firstId && this.base !== undefined) return this.base.kind(id)
    return this.#kindAt(id, this.#startOf(id))
  }

  /**
   * The name, without decoding the type; '' where it has none.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE, BTF_BAD_STRING
   */
  nameOf(id: TypeId): string {
    if (id === 0) return ''
    if (id < this.firstId && this.base !== undefined) return this.base.nameOf(id)
    return this.#strings.at(this.#words[this.#startOf(id)] ?? 0)
  }

  /**
   * Where the name is in the strings, 0 where there is none.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE
   */
  nameOffsetOf(id: TypeId): number {
    if (id === 0) return 0
    if (id < this.firstId && this.base !== undefined) return this.base.nameOffsetOf(id)
    return this.#words[this.#startOf(id)] ?? 0
  }

  /**
   * A word of the type's record as BTF writes it, without decoding the type: 0 is its name, 1 kind and count, 2 its size or what it
   * refers to, then what its kind has behind these. Behind the record are those of other types.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE
   */
  wordOf(id: TypeId, index: number): number {
    if (id < this.firstId && this.base !== undefined) return this.base.wordOf(id, index)
    return this.#words[this.#startOf(id) + index] ?? 0
  }

  /**
   * The string at `offset`, counted from the start of the (base's) string section.
   *
   * @throws BtfError BTF_BAD_STRING
   */
  string(offset: number): string {
    return this.#strings.at(offset)
  }

  /** The id of the type `index` places after its own first one. */
  idAt(index: number): TypeId {
    return typeId(this.firstId + index)
  }

  /**
   * Bytes from the start of `bytes` to a type of its own.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE
   */
  offsetOf(id: TypeId): number {
    return this.typesStart + this.#startOf(id) * 4
  }

  /** Its own types as they lie in memory. */
  get records(): BtfRecords {
    return { words: this.#words, starts: this.#starts, strings: this.#strings.bytes }
  }

  /** The first string offset after this BTF's strings: where those of split BTF on top of it start. */
  get stringsEnd(): number {
    return this.#strings.end
  }

  /** The types with exactly this name, the base's first. Types of a kind that is not known here are left out. */
  idsNamed(name: string): readonly TypeId[] {
    return this.idsByName([name]).get(name) ?? []
  }

  /** The same for many names in one pass over the types. A name that no type has maps to an empty list. */
  idsByName(names: readonly string[]): ReadonlyMap<string, readonly TypeId[]> {
    return this.#search(names, (found) => found)
  }

  /**
   * For each essential name, the types that have it, flavours (`name___x`) included; the base's first. One pass over the
   * types serves all names. A name that no type has maps to an empty list. Types of a kind that is not known here are
   * left out.
   */
  idsByEssentialName(names: readonly string[]): ReadonlyMap<string, readonly TypeId[]> {
    return this.#search(names, essentialName)
  }

  /** The same for its own types alone: a module's without vmlinux's. */
  ownIdsByEssentialName(names: readonly string[]): ReadonlyMap<string, readonly TypeId[]> {
    return this.#search(names, essentialName, 'own')
  }

  /** Its own types of one kind, found without decoding any. */
  idsOfKind(kind: BtfKind): readonly TypeId[] {
    const number = kindNumber(kind)
    const ids: TypeId[] = []
    this.#starts.forEach((start, index) => {
      if (kindOf(this.#words[start + 1] ?? 0) === number) ids.push(typeId(this.firstId + index))
    })
    return ids
  }

  /**
   * The first type of this name and kind, the base's first; undefined where there is none.
   *
   * @throws BtfError BTF_UNKNOWN_KIND where it is not among the types that could be found, and others could not; what
   *   `type` throws
   */
  find<Kind extends BtfKind>(name: string, kind: Kind): BtfTypeOf<Kind> | undefined {
    for (const id of this.idsNamed(name)) {
      if (this.kind(id) !== kind) continue
      const type = this.type(id)
      if (isOfKind(type, kind)) return type
    }
    if (this.gap !== undefined) throw this.#behindGap(this.gap, `${kind} ${name}`)
    return undefined
  }

  /** The types of which `keyOf` their name is one of `names`; it gives a prefix of the name. */
  #search(
    names: readonly string[],
    keyOf: (typeName: string) => string,
    whose: 'own' | 'all' = 'all',
  ): ReadonlyMap<string, readonly TypeId[]> {
    const own = new Map<string, TypeId[]>(names.map((name) => [name, []]))
    const queries = [...own].map(([name, ids]) => ({
      name,
      found: (id: TypeId) => {
        if (this.#isKnownKind(id) && keyOf(this.nameOf(id)) === name) ids.push(id)
      },
    }))
    this.#searchOwn(queries)
    if (this.base === undefined) return own
    // There was a pass for each string section.
    for (const ids of own.values()) ids.sort((a, b) => a - b)
    if (whose === 'own') return own
    const inBase = this.base.#search(names, keyOf)
    return new Map([...own].map(([name, ids]) => [name, [...(inBase.get(name) ?? []), ...ids]]))
  }

  /** The names of split BTF's types may lie in the base's strings: there is one pass for each string section. */
  #searchOwn(queries: readonly NameQuery[]): void {
    const { firstId } = this
    for (
      let section: StringSection | undefined = this.#strings;
      section !== undefined;
      section = section.base
    ) {
      const { bytes: strings, start: stringsStart } = section
      searchNames({ words: this.#words, starts: this.#starts, firstId, strings, stringsStart }, queries)
    }
  }

  #isKnownKind(id: TypeId): boolean {
    return kindOf(this.#words[this.#startOf(id) + 1] ?? 0) < KINDS.length
  }

  #startOf(id: TypeId): number {
    const start = this.#starts[id - this.firstId]
    if (start !== undefined) return start
    if (this.gap !== undefined) throw this.#behindGap(this.gap, `type ${id}`)
    const last = this.firstId + this.typeCount - 1
    const message = `BTF of ${this.name}: there is no type ${id}, the last one is ${last}.`
    throw new BtfError('BTF_NO_SUCH_TYPE', message, { object: this.name })
  }

  #behindGap(gap: BtfError, wanted: string): BtfError {
    const message = `${wanted} is not among the ${this.typeCount} types that could be found: ${gap.message}`
    return new BtfError('BTF_UNKNOWN_KIND', message, { object: this.name, cause: gap })
  }

  #kindAt(id: TypeId, start: number): BtfKind {
    const number = kindOf(this.#words[start + 1] ?? 0)
    const kind = KINDS[number]
    if (kind !== undefined) return kind.name
    const message = `BTF of ${this.name}: type ${id} has kind ${number}; known are kinds 1 to ${KINDS.length - 1}.`
    throw new BtfError('BTF_UNKNOWN_KIND', message, { object: this.name, offset: this.offsetOf(id) })
  }

  #badType(id: TypeId, message: string): BtfError {
    const offset = this.offsetOf(id)
    const where = `BTF of ${this.name}: type ${id} (${this.kind(id)}) at byte ${offset}`
    return new BtfError('BTF_BAD_TYPE', `${where} ${message}.`, { object: this.name, offset })
  }
}

function isOfKind<Kind extends BtfKind>(type: BtfType, kind: Kind): type is BtfTypeOf<Kind> {
  return type.kind === kind
}

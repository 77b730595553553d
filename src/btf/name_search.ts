import { typeId, type TypeId } from '../base/units.ts'

/**
 * Finding types by name without decoding or hashing the names of all of them: one pass over the types looks at the bytes
 * at each `name_off`. Nearly every type is none of the wanted ones. So a table of the first two bytes says which wanted
 * names a type may have, if any; then the name's last byte must be in its place and be followed by NUL or underscore, and a
 * byte in its middle must agree; and what is left is compared.
 *
 * The other way round, a native search of the string section for each name and then a pass that compares offsets, takes
 * 1 ms for each name and each flavour in a kernel's 2.3 MB of strings. This takes 4 to 6 ms cold and 1 ms warm however
 * many names there are, and a name that is the tail of another one's string needs no care.
 */

/** Types whose names are wanted, and the strings that hold them. */
export interface NamedTypes {
  /** The type section. */
  readonly words: Uint32Array
  /** Where each type starts, in words. */
  readonly starts: Uint32Array
  readonly firstId: number
  /** One string section's bytes; names in other sections are passed over. */
  readonly strings: Uint8Array
  /** The `name_off` of the first of these bytes. */
  readonly stringsStart: number
}

/** A name that is looked for. */
export interface NameQuery {
  readonly name: string
  /** Called with each type of which `name` is the whole name, or the part before three underscores. */
  readonly found: (id: TypeId) => void
}

interface Pattern extends NameQuery {
  readonly bytes: Uint8Array
}

const NUL = 0
const UNDERSCORE = 0x5f

/** Answers all queries in one pass, each in the order of ids. The empty name is no name: nothing has it. */
export function searchNames(types: NamedTypes, queries: readonly NameQuery[]): void {
  const encoder = new TextEncoder()
  const patterns = queries
    .filter(({ name }) => name !== '' && !name.includes('\0'))
    .map((query) => ({ ...query, bytes: encoder.encode(query.name) }))
  const compiled = compile(patterns)
  const { indices, entries } = candidates(types, compiled)
  indices.forEach((index, candidate) => {
    const at = (types.words[types.starts[index] ?? 0] ?? 0) - types.stringsStart
    const pattern = compiled.patterns[entries[candidate] ?? 0]
    if (pattern !== undefined && startsWith(types.strings, at, pattern.bytes)) {
      pattern.found(typeId(types.firstId + index))
    }
  })
}

/** Slots for the first two bytes of names: few enough to stay in the first-level cache, a power of two. */
const PREFIX_SLOTS = 1024

/** Where in the table names that begin with these two bytes are; names of other beginnings may share the slot. */
function prefixSlot(first: number, second: number): number {
  return (first * 31 + second) & (PREFIX_SLOTS - 1)
}

/** The patterns as the pass reads them; entries count from 1, so that 0 is none. */
interface CompiledPatterns {
  /** By the slot of a name's first two bytes: an entry, 0 for none. */
  readonly byPrefix: Uint32Array
  /** By entry: the next entry in the same slot. */
  readonly next: Uint32Array
  /** By entry: how far the name's last byte is from its first. */
  readonly lastAt: Uint32Array
  /** By entry: the name's last byte. */
  readonly last: Uint8Array
  /** By entry: how far a byte in the name's middle is from its first, and that byte. */
  readonly middleAt: Uint32Array
  readonly middle: Uint8Array
  /** By entry: the whole of it. */
  readonly patterns: readonly (Pattern | undefined)[]
}

/** After a name of one byte comes NUL or a flavour's underscore: it has an entry for each. */
function compile(patterns: readonly Pattern[]): CompiledPatterns {
  const capacity = 2 * patterns.length + 1
  const byPrefix = new Uint32Array(PREFIX_SLOTS)
  const next = new Uint32Array(capacity)
  const lastAt = new Uint32Array(capacity)
  const last = new Uint8Array(capacity)
  const middleAt = new Uint32Array(capacity)
  const middle = new Uint8Array(capacity)
  const byEntry: (Pattern | undefined)[] = [undefined]
  for (const pattern of patterns) {
    const { bytes } = pattern
    const [first = NUL, second] = bytes
    for (const following of second === undefined ? [NUL, UNDERSCORE] : [second]) {
      const prefix = prefixSlot(first, following)
      const entry = byEntry.push(pattern) - 1
      next[entry] = byPrefix[prefix] ?? 0
      byPrefix[prefix] = entry
      lastAt[entry] = bytes.length - 1
      last[entry] = bytes[bytes.length - 1] ?? NUL
      middleAt[entry] = bytes.length >>> 1
      middle[entry] = bytes[bytes.length >>> 1] ?? NUL
    }
  }
  return { byPrefix, next, lastAt, last, middleAt, middle, patterns: byEntry }
}

/** Types that may have one of the names, and which: two lists that go together. */
interface Candidates {
  /** Of types. */
  readonly indices: readonly number[]
  /** Of patterns. */
  readonly entries: readonly number[]
}

/**
 * The types that may have one of the names. Free of calls and allocation, because most often it runs once,
 * cold, over 100,000 types. An offset beyond the strings reads `undefined`, which is no entry.
 */
function candidates(types: NamedTypes, patterns: CompiledPatterns): Candidates {
  const { words, starts, strings, stringsStart } = types
  const { byPrefix, next, lastAt, last, middleAt, middle } = patterns
  const indices: number[] = []
  const entries: number[] = []
  const count = starts.length
  for (let index = 0; index < count; index++) {
    const at = (words[starts[index] ?? 0] ?? 0) - stringsStart
    let entry = byPrefix[((strings[at] ?? 0) * 31 + (strings[at + 1] ?? 0)) & (PREFIX_SLOTS - 1)] ?? 0
    while (entry !== 0) {
      const end = at + (lastAt[entry] ?? 0)
      const following = strings[end + 1]
      if (
        strings[end] === last[entry] &&
        (following === NUL || following === UNDERSCORE) &&
        strings[at + (middleAt[entry] ?? 0)] === middle[entry]
      ) {
        indices.push(index)
        entries.push(entry)
      }
      entry = next[entry] ?? 0
    }
  }
  return { indices, entries }
}

/** Whether the string at `at` is `name`, or begins with `name` and three underscores. */
function startsWith(strings: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) {
    if (strings[at + index] !== name[index]) return false
  }
  const end = at + name.length
  if (strings[end] === NUL) return true
  return strings[end] === UNDERSCORE && strings[end + 1] === UNDERSCORE && strings[end + 2] === UNDERSCORE
}

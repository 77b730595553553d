import type { Endianness } from '../base/reader.ts'
import { BtfError } from './btf_error.ts'
import { KINDS, kindOf, LAYOUT_ENTRY_SIZE, TYPE_WORDS, VLEN_MASK } from './format.ts'

/**
 * Types follow each other without a table of contents, and the length of each depends on its kind: a fixed part, and for
 * some kinds `vlen` elements. So the one thing to be done before any type can be found by its id is a walk over all of
 * them, which adds up lengths and looks at nothing else. A kernel has about 100,000 types; the loop therefore allocates
 * nothing and takes the lengths from two small tables.
 *
 * Everything in the type section is a 32-bit integer, 64-bit enumerators included (low half, high half). That lets the
 * section be one Uint32Array: bytes of the other endianness, or at an odd address, are copied and turned once.
 */

const HOST_ENDIANNESS: Endianness = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 'little' : 'big'

/** The type section as 32-bit words of this machine: a view where that is possible, else a copy. */
export function asWords(types: Uint8Array, endianness: Endianness): Uint32Array {
  if (endianness === HOST_ENDIANNESS && types.byteOffset % 4 === 0) {
    return new Uint32Array(types.buffer, types.byteOffset, types.length / 4)
  }
  const view = new DataView(types.buffer, types.byteOffset, types.length)
  const littleEndian = endianness === 'little'
  return Uint32Array.from({ length: types.length / 4 }, (_, index) => view.getUint32(index * 4, littleEndian))
}

/** What the walk needs to know of each kind number; 0 in `fixed` where a kind's length is not known. */
interface KindLengths {
  /** Words of a type with no elements. */
  readonly fixed: Uint8Array
  /** Words for each of vlen. */
  readonly element: Uint8Array
}

const KIND_NUMBERS = 128

/**
 * The lengths of all kinds that we know, and of those beyond that the BTF's layout section describes (Linux 7.1): an
 * array of `struct btf_layout { u8 info_sz; u8 elem_sz; u16 flags; }` by kind, sizes in bytes.
 */
export function kindLengths(layout: Uint8Array): KindLengths {
  const fixed = new Uint8Array(KIND_NUMBERS)
  const element = new Uint8Array(KIND_NUMBERS)
  KINDS.forEach((kind, number) => {
    if (kind.name === 'void') return
    fixed[number] = TYPE_WORDS + kind.fixedWords
    element[number] = kind.elementWords
  })
  const described = Math.min(KIND_NUMBERS, layout.length / LAYOUT_ENTRY_SIZE)
  for (let number = KINDS.length; number < described; number++) {
    const infoSize = layout[number * LAYOUT_ENTRY_SIZE] ?? 0
    const elementSize = layout[number * LAYOUT_ENTRY_SIZE + 1] ?? 0
    if (infoSize % 4 !== 0 || elementSize % 4 !== 0) continue
    fixed[number] = TYPE_WORDS + infoSize / 4
    element[number] = elementSize / 4
  }
  return { fixed, element }
}

/** What errors of the walk name. */
export interface TypeIndexContext {
  readonly object: string
  /** The id of the first type. */
  readonly firstId: number
  /** Bytes from the start of the BTF to the type section. */
  readonly typesStart: number
}

/** Where the types of a type section are. */
export interface TypeIndex {
  /** Words from the start of the section, for each type that could be located. */
  readonly starts: Uint32Array
  /** Why the walk ended before the section did; undefined where it reached the end. */
  readonly gap: BtfError | undefined
}

/**
 * Where each type starts. The walk ends early with BTF_UNKNOWN_KIND at a kind whose length is unknown, because no type
 * after it can be found, and with BTF_TRUNCATED at a type that ends after the section.
 */
export function indexTypes(words: Uint32Array, lengths: KindLengths, context: TypeIndexContext): TypeIndex {
  const { fixed, element } = lengths
  const end = words.length
  const starts = new Uint32Array(Math.floor(end / TYPE_WORDS))
  let count = 0
  let at = 0
  while (at < end) {
    const info = words[at + 1] ?? 0
    const kind = (info >>> 24) & 0x7f
    const fixedWords = fixed[kind] ?? 0
    const next = at + fixedWords + (info & VLEN_MASK) * (element[kind] ?? 0)
    if (fixedWords === 0 || next > end)
      return {
        starts: starts.subarray(0, count),
        gap: unlocatable(words, at, { ...context, firstId: context.firstId + count }, fixedWords),
      }
    starts[count++] = at
    at = next
  }
  return { starts: starts.subarray(0, count), gap: undefined }
}

/** @param fixedWords Of the kind that was found; 0 where its length is not known */
function unlocatable(
  words: Uint32Array,
  at: number,
  { object, firstId, typesStart }: TypeIndexContext,
  fixedWords: number,
): BtfError {
  const offset = typesStart + at * 4
  const where = `BTF of ${object}: type ${firstId} at byte ${offset}`
  const info = words[at + 1]
  if (info === undefined || at + TYPE_WORDS > words.length) {
    return new BtfError('BTF_TRUNCATED', `${where}: the type section ends within the type.`, {
      object,
      offset,
    })
  }
  const kind = kindOf(info)
  if (fixedWords === 0) {
    const message = `${where} has kind ${kind}, which is not known here and has no entry in a layout section, so the types after it cannot be found. Known are kinds 1 to ${KINDS.length - 1}.`
    return new BtfError('BTF_UNKNOWN_KIND', message, { object, offset })
  }
  const title = KINDS[kind]?.name ?? `kind ${kind}`
  const message = `${where} (${title}, ${info & VLEN_MASK} elements) ends after the type section.`
  return new BtfError('BTF_TRUNCATED', message, { object, offset })
}

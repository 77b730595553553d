import { typeId, type TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { KINDS, kindOf, TYPE_WORDS, vlenOf } from './format.ts'
import { readHeader } from './header.ts'
import { asWords } from './type_index.ts'
import type { BtfKind } from './types.ts'

/**
 * A type as the words that BTF writes it in, for code that moves types from one BTF to another: what counts there is which
 * words are type ids and which are string offsets. All others are copied as they are, whatever they mean, so that bits
 * that are not known here are kept.
 */

/** What a word is. */
type Field = 'plain' | 'string' | 'type'

interface KindFields {
  /** The third word of `struct btf_type`. */
  readonly third: Field
  /** The words after `struct btf_type`. */
  readonly fixed: readonly Field[]
  /** The words of each of vlen elements. */
  readonly element: readonly Field[]
}

const fields = (third: Field, fixed: readonly Field[] = [], element: readonly Field[] = []): KindFields => ({
  third,
  fixed,
  element,
})

/** Documentation/bpf/btf.rst and include/uapi/linux/btf.h, Linux 6.18; the lengths agree with KINDS. */
const FIELDS: Readonly<Record<BtfKind, KindFields>> = {
  void: fields('plain'),
  int: fields('plain', ['plain']),
  ptr: fields('type'),
  array: fields('plain', ['type', 'type', 'plain']),
  struct: fields('plain', [], ['string', 'type', 'plain']),
  union: fields('plain', [], ['string', 'type', 'plain']),
  enum: fields('plain', [], ['string', 'plain']),
  fwd: fields('plain'),
  typedef: fields('type'),
  volatile: fields('type'),
  const: fields('type'),
  restrict: fields('type'),
  func: fields('type'),
  func_proto: fields('type', [], ['string', 'type']),
  var: fields('type', ['plain']),
  datasec: fields('plain', [], ['type', 'plain', 'plain']),
  float: fields('plain'),
  decl_tag: fields('type', ['plain']),
  type_tag: fields('type'),
  enum64: fields('plain', [], ['string', 'plain', 'plain']),
}

const FIELDS_BY_NUMBER: readonly (KindFields | undefined)[] = KINDS.map(({ name }) => FIELDS[name])

/** Where types refer to others, for walks over all of them; each list by kind. */
export interface TypePlaces {
  /** 1 where the third word of `struct btf_type` is a type. */
  readonly third: Uint8Array
  /** 1 where the word behind `struct btf_type` is one: an array's elements. */
  readonly fixed: Uint8Array
  /** Which word of each of vlen elements is one; 0 where none is, and for the variables of a section. */
  readonly element: Uint8Array
  /** How many words an element has. */
  readonly elementWords: Uint8Array
}

export function typePlaces(): TypePlaces {
  const byKind = (place: (fields: KindFields) => number): Uint8Array =>
    Uint8Array.from(FIELDS_BY_NUMBER, (each) => place(each ?? FIELDS.void))
  return {
    third: byKind(({ third }) => Number(third === 'type')),
    fixed: byKind(({ fixed }) => Number(fixed[0] === 'type')),
    element: byKind(({ element }) => Math.max(0, element.indexOf('type'))),
    elementWords: byKind(({ element }) => element.length),
  }
}

/** The places of words in a type's record. */
export interface WordPlaces {
  readonly strings: readonly number[]
  readonly types: readonly number[]
}

/** Which words of a type's record are string offsets, and which type ids, in their order. */
export function wordPlaces(record: ArrayLike<number>): WordPlaces {
  const strings = [0]
  const types: number[] = []
  const note = (field: Field, at: number): void => {
    if (field === 'string') strings.push(at)
    else if (field === 'type') types.push(at)
  }
  const info = record[1] ?? 0
  const { third, fixed, element } = FIELDS_BY_NUMBER[kindOf(info)] ?? FIELDS.void
  note(third, 2)
  fixed.forEach((field, index) => {
    note(field, TYPE_WORDS + index)
  })
  if (element.length === 0) return { strings, types }
  const start = TYPE_WORDS + fixed.length
  for (let index = 0; index < vlenOf(info); index++) {
    for (let word = 0; word < element.length; word++) {
      note(element[word] ?? 'plain', start + index * element.length + word)
    }
  }
  return { strings, types }
}

/** The records of one BTF, and its strings as bytes. */
export interface TypeRecords {
  /** The words of a type of its own; a view or a copy, in this machine's byte order. */
  record(id: TypeId): Uint32Array
  /** The string at this offset, one character for each byte. */
  string(offset: number): string
}

/**
 * How many bytes of strings may be taken out of a BTF, as a multiple of its string section. Strings may share their ends,
 * so a hostile BTF is one long string with a name at each of its bytes.
 */
const STRING_BYTES_PER_BYTE = 16

/**
 * Takes a BTF without a base apart.
 *
 * @throws BtfError BTF_UNKNOWN_KIND for a type of a kind that is not known here: which of its words are ids is not either;
 *   BTF_BAD_STRING from `string`
 */
export function typeRecords(btf: Btf): TypeRecords {
  const { types, strings, typesStart } = readHeader(btf.bytes, btf.name)
  const words = asWords(types, btf.endianness)
  const last = btf.firstId + btf.typeCount - 1
  for (let id = 1; id <= last; id++) btf.kind(typeId(id))
  const startOf = (id: number): number =>
    id > last ? words.length : (btf.offsetOf(typeId(id)) - typesStart) / 4
  return {
    record: (id) => words.subarray(startOf(id), startOf(id + 1)),
    string: stringReader(btf, strings),
  }
}

function stringReader(btf: Btf, strings: Uint8Array): (offset: number) => string {
  const section = Buffer.from(strings.buffer, strings.byteOffset, strings.length)
  const known = new Map<number, string>()
  let budget = strings.length * STRING_BYTES_PER_BYTE
  const fail = (offset: number, why: string): BtfError =>
    new BtfError('BTF_BAD_STRING', `BTF of ${btf.name}: the string at offset ${offset} ${why}.`, {
      object: btf.name,
    })
  return (offset) => {
    if (offset === 0) return ''
    const text = known.get(offset)
    if (text !== undefined) return text
    const end = offset < section.length ? section.indexOf(0, offset) : -1
    if (end === -1) throw fail(offset, `is outside of the ${section.length} bytes of strings, or has no end`)
    budget -= end - offset
    if (budget < 0) {
      throw fail(
        offset,
        `overlaps others: all together are more than ${STRING_BYTES_PER_BYTE} times the section`,
      )
    }
    const bytes = section.toString('latin1', offset, end)
    known.set(offset, bytes)
    return bytes
  }
}

import { bitOffset, byteOffset, typeId, type TypeId } from '../base/units.ts'
import type { BtfError } from './btf_error.ts'
import { INT_ENCODINGS, kindFlagOf, LINKAGES, MEMBER_OFFSET_MASK, TYPE_WORDS, vlenOf } from './format.ts'
import type {
  BtfArray,
  BtfComposite,
  BtfDatasec,
  BtfEnum,
  BtfFloat,
  BtfFuncProto,
  BtfInt,
  BtfKind,
  BtfType,
  BtfTypeOf,
  BtfVar,
} from './types.ts'

/** One type's record in the type section. The index has checked that all of it lies within `words`. */
export interface TypeRecord {
  readonly kind: BtfKind
  readonly words: Uint32Array
  /** Words from the start of `words`. */
  readonly start: number
  readonly string: (offset: number) => string
  /** `message` goes on after "type 5 (int)". */
  readonly fail: (message: string) => BtfError
}

/**
 * Decodes one type. Ids that it refers to are not looked at; its strings are.
 *
 * @throws BtfError BTF_BAD_TYPE for what the kernel's `btf_check_all_metas` refuses too (kernel/bpf/btf.c, Linux 6.18)
 *   and would be of no use here; BTF_BAD_STRING
 */
export function decodeType(id: TypeId, record: TypeRecord): BtfType {
  return DECODERS[record.kind](id, record.string(word(record, 0)), record)
}

type Decoders = {
  readonly [Kind in BtfKind]: (id: TypeId, name: string, record: TypeRecord) => BtfTypeOf<Kind>
}

const DECODERS: Decoders = {
  void: (_id, _name, record) => {
    throw record.fail('has kind 0, which is none')
  },
  int: decodeInt,
  float: decodeFloat,
  ptr: (id, _name, record) => ({ kind: 'ptr', id, name: '', target: target(record) }),
  const: (id, _name, record) => ({ kind: 'const', id, name: '', target: target(record) }),
  volatile: (id, _name, record) => ({ kind: 'volatile', id, name: '', target: target(record) }),
  restrict: (id, _name, record) => ({ kind: 'restrict', id, name: '', target: target(record) }),
  typedef: (id, name, record) => ({ kind: 'typedef', id, name, target: target(record) }),
  type_tag: (id, name, record) => ({ kind: 'type_tag', id, name, target: target(record) }),
  decl_tag: (id, name, record) => ({
    kind: 'decl_tag',
    id,
    name,
    target: target(record),
    componentIndex: word(record, TYPE_WORDS) | 0,
  }),
  array: decodeArray,
  struct: (id, name, record) => ({ kind: 'struct', id, name, ...decodeComposite(record) }),
  union: (id, name, record) => ({ kind: 'union', id, name, ...decodeComposite(record) }),
  enum: (id, name, record) => ({ kind: 'enum', id, name, ...decodeEnum(record, 2, enumValue) }),
  enum64: (id, name, record) => ({ kind: 'enum64', id, name, ...decodeEnum(record, 3, enum64Value) }),
  fwd: (id, name, record) => ({
    kind: 'fwd',
    id,
    name,
    of: kindFlagOf(word(record, 1)) ? 'union' : 'struct',
  }),
  func: (id, name, record) => {
    const linkage = linkageOf(vlenOf(word(record, 1)), record)
    return { kind: 'func', id, name, proto: target(record), linkage }
  },
  func_proto: decodeFuncProto,
  var: (id, name, record) => {
    const linkage = linkageOf(word(record, TYPE_WORDS), record)
    return { kind: 'var', id, name, type: target(record), linkage }
  },
  datasec: decodeDatasec,
}

/** The third word of `struct btf_type`, in kinds that refer to a type. */
function target(record: TypeRecord): TypeId {
  return typeId(word(record, 2))
}

function word({ words, start }: TypeRecord, index: number): number {
  return words[start + index] ?? 0
}

/** What `make` makes of each of the type's vlen elements; `at` is the element's first word, counted from the start of `words`. */
function elements<Element>(
  record: TypeRecord,
  elementWords: number,
  make: (at: number) => Element,
): readonly Element[] {
  const count = vlenOf(word(record, 1))
  const result = new Array<Element>(count)
  let at = record.start + TYPE_WORDS
  for (let index = 0; index < count; index++, at += elementWords) result[index] = make(at)
  return result
}

function decodeInt(id: TypeId, name: string, record: TypeRecord): BtfInt {
  const size = word(record, 2)
  const detail = word(record, TYPE_WORDS)
  const offset = (detail >>> 16) & 0xff
  const bits = detail & 0xff
  const encodingNumber = (detail >>> 24) & 0xf
  const encoding = INT_ENCODING_NAMES.get(encodingNumber)
  if (encoding === undefined)
    throw record.fail(`has the int encoding ${encodingNumber}, which does not exist`)
  if (size === 0 || size > 16 || offset + bits > size * 8) {
    throw record.fail(`has ${bits} bits from bit ${offset} on, in ${size} bytes`)
  }
  return { kind: 'int', id, name, size, encoding, bitOffset: bitOffset(offset), bits }
}

const INT_ENCODING_NAMES = new Map<number, BtfInt['encoding']>([
  [INT_ENCODINGS.unsigned, 'unsigned'],
  [INT_ENCODINGS.signed, 'signed'],
  [INT_ENCODINGS.char, 'char'],
  [INT_ENCODINGS.bool, 'bool'],
])

function decodeFloat(id: TypeId, name: string, record: TypeRecord): BtfFloat {
  const size = word(record, 2)
  if (![2, 4, 8, 12, 16].includes(size)) throw record.fail(`has ${size} bytes; a float has 2, 4, 8, 12 or 16`)
  return { kind: 'float', id, name, size }
}

function decodeArray(id: TypeId, _name: string, record: TypeRecord): BtfArray {
  const element = typeId(word(record, TYPE_WORDS))
  const index = typeId(word(record, TYPE_WORDS + 1))
  return { kind: 'array', id, name: '', element, index, length: word(record, TYPE_WORDS + 2) }
}

function decodeComposite(record: TypeRecord): Pick<BtfComposite, 'size' | 'members'> {
  const { words, string } = record
  const hasBitfields = kindFlagOf(word(record, 1))
  const members = elements(record, 3, (at) => {
    const offset = words[at + 2] ?? 0
    return {
      name: string(words[at] ?? 0),
      type: typeId(words[at + 1] ?? 0),
      bitOffset: bitOffset(hasBitfields ? offset & MEMBER_OFFSET_MASK : offset),
      bitfieldSize: hasBitfields ? offset >>> 24 : 0,
    }
  })
  return { size: word(record, 2), members }
}

type EnumParts = Pick<BtfEnum, 'size' | 'signed' | 'enumerators'>

function decodeEnum(
  record: TypeRecord,
  elementWords: number,
  valueAt: (words: Uint32Array, at: number, sign: Sign) => bigint,
): EnumParts {
  const { words, string } = record
  const signed = kindFlagOf(word(record, 1))
  const size = word(record, 2)
  if (![1, 2, 4, 8].includes(size)) throw record.fail(`has ${size} bytes; an enum has 1, 2, 4 or 8`)
  const enumerators = elements(record, elementWords, (at) => ({
    name: string(words[at] ?? 0),
    value: valueAt(words, at + 1, signed ? 'signed' : 'unsigned'),
  }))
  return { size, signed, enumerators }
}

type Sign = 'signed' | 'unsigned'

function enumValue(words: Uint32Array, at: number, sign: Sign): bigint {
  const value = words[at] ?? 0
  return BigInt(sign === 'signed' ? value | 0 : value)
}

function enum64Value(words: Uint32Array, at: number, sign: Sign): bigint {
  const value = (BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0)
  return sign === 'signed' ? BigInt.asIntN(64, value) : value
}

function decodeFuncProto(id: TypeId, _name: string, record: TypeRecord): BtfFuncProto {
  const { words, string } = record
  const params = elements(record, 2, (at) => ({
    name: string(words[at] ?? 0),
    type: typeId(words[at + 1] ?? 0),
  }))
  return { kind: 'func_proto', id, name: '', returnType: typeId(word(record, 2)), params }
}

function decodeDatasec(id: TypeId, name: string, record: TypeRecord): BtfDatasec {
  const { words } = record
  const variables = elements(record, 3, (at) => ({
    type: typeId(words[at] ?? 0),
    offset: byteOffset(words[at + 1] ?? 0),
    size: words[at + 2] ?? 0,
  }))
  return { kind: 'datasec', id, name, size: word(record, 2), variables }
}

function linkageOf(number: number, record: TypeRecord): BtfVar['linkage'] {
  const linkage = LINKAGES[number]
  if (linkage === undefined) throw record.fail(`has linkage ${number}; known are 0 to ${LINKAGES.length - 1}`)
  return linkage
}

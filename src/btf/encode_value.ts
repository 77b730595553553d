import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { writeBits, writeScalar } from './scalar.ts'
import {
  valueShape,
  type ArrayShape,
  type BitsShape,
  type EnumShape,
  type RecordShape,
  type ScalarShape,
  type ValueShape,
} from './value_shape.ts'

/**
 * Writes a value of a BTF type into memory, the reverse of `createDecoder` and by the table in value.ts. Integers may be
 * given as number or bigint, enums by name or number, char arrays as string (NUL-terminated, so one byte shorter than the
 * array) or as bytes, other arrays as array or typed array. Members of a struct that are left out are zero, as in C. Where
 * it throws, nothing was written.
 *
 * Members of a union lie in the same bytes. Several may be given, as the decoder gives all of them, if they agree.
 *
 * @param name What errors call the value: their messages start with the part that is wrong, e.g. `value.limits[3].max`.
 * @throws BtfError BTF_BAD_VALUE, naming the part of the value, for a wrong type, a number out of range, an unknown
 *   enumerator or member, a wrong length, members that do not agree, or memory that is too small; what `createDecoder`
 *   throws
 */
export function encodeValue(
  btf: Btf,
  id: TypeId,
  value: unknown,
  view: DataView,
  offset: number,
  name = 'value',
): void {
  const shape = valueShape(btf, id)
  if (!(offset >= 0 && offset + shape.size <= view.byteLength)) {
    const message = `writing ${shape.size} bytes at offset ${offset}: there are only ${view.byteLength}`
    throw new BtfError('BTF_BAD_VALUE', `BTF of ${btf.name}: type ${id}: ${message}.`, { object: btf.name })
  }
  const target = {
    btf,
    id,
    littleEndian: btf.endianness === 'little',
    bytes: new Uint8Array(shape.size),
    written: new Uint8Array(shape.size),
    scratch: new DataView(new ArrayBuffer(LARGEST_SCALAR)),
  }
  encodeShape(shape, value, { target, offset: 0, name })
  new Uint8Array(view.buffer, view.byteOffset + offset, shape.size).set(target.bytes)
}

interface Target {
  readonly btf: Btf
  readonly id: TypeId
  readonly littleEndian: boolean
  readonly bytes: Uint8Array
  /** The bits of `bytes` that a part of the value has set. */
  readonly written: Uint8Array
  /** Room for one scalar on its way. */
  readonly scratch: DataView<ArrayBuffer>
}

/** Bytes of a 128-bit integer. */
const LARGEST_SCALAR = 16

/** A part of the value. */
interface Place {
  readonly target: Target
  readonly offset: number
  /** A member's name, or an element's number. */
  readonly name: string | number
  /** What it is a part of. */
  readonly whole?: Place
}

function encodeShape(shape: ValueShape, value: unknown, place: Place): void {
  switch (shape.kind) {
    case 'scalar':
      encodeScalar(shape, value, place)
      return
    case 'bits':
      encodeBits(shape, value, place)
      return
    case 'enum':
      encodeEnum(shape, value, place)
      return
    case 'text':
      encodeText(shape.size, value, place)
      return
    case 'array':
      encodeArray(shape, value, place)
      return
    case 'record':
      encodeRecord(shape, value, place)
      return
  }
}

function encodeScalar({ format, size }: ScalarShape, value: unknown, place: Place): void {
  const { scratch, littleEndian } = place.target
  writeScalar(format, scalarIn(format, size, value, place), scratch, 0, littleEndian)
  store(place, new Uint8Array(scratch.buffer, 0, size))
}

function scalarIn(
  format: ScalarShape['format'],
  size: number,
  value: unknown,
  place: Place,
): number | bigint {
  if (format === 'f32' || format === 'f64') {
    if (typeof value !== 'number') throw badValue(place, 'a number', value)
    const isTooLarge = format === 'f32' && Number.isFinite(value) && !Number.isFinite(Math.fround(value))
    if (isTooLarge) throw badValue(place, 'a number that 32 bits can hold', value)
    return value
  }
  if (format === 'bool') {
    if (typeof value !== 'boolean') throw badValue(place, 'true or false', value)
    return value ? 1n : 0n
  }
  return integerIn({ bits: size * 8, signed: format.startsWith('i') }, value, place)
}

function encodeBits(shape: BitsShape, value: unknown, place: Place): void {
  if (shape.result === 'boolean' && typeof value !== 'boolean') throw badValue(place, 'true or false', value)
  const number =
    typeof value === 'boolean' && shape.result === 'boolean' ? BigInt(value) : integerIn(shape, value, place)
  const { littleEndian } = place.target
  const bits = new DataView(new ArrayBuffer(shape.size))
  const mask = new DataView(new ArrayBuffer(shape.size))
  writeBits(shape, number, bits, 0, littleEndian)
  writeBits(shape, (1n << BigInt(shape.bits)) - 1n, mask, 0, littleEndian)
  store(place, new Uint8Array(bits.buffer), new Uint8Array(mask.buffer))
}

function encodeEnum({ number, values }: EnumShape, value: unknown, place: Place): void {
  if (typeof value !== 'string') {
    encodeShape(number, value, place)
    return
  }
  const known = values.get(value)
  if (known === undefined)
    throw badValue(place, `an enumerator (${listed([...values.keys()])}) or a number`, value)
  encodeShape(number, known, place)
}

function encodeText(size: number, value: unknown, place: Place): void {
  const isText = typeof value === 'string'
  const bytes = isText ? new TextEncoder().encode(value) : value
  if (!(bytes instanceof Uint8Array)) throw badValue(place, 'a string or a Uint8Array', value)
  if (isText && bytes.includes(0)) throw badValue(place, 'a string without NUL', value)
  const room = isText ? Math.max(0, size - 1) : size
  if (bytes.length > room)
    throw badValue(place, `at most ${room} bytes`, value, `; it has ${bytes.length} bytes`)
  const padded = new Uint8Array(size)
  padded.set(bytes)
  store(place, padded)
}

function encodeArray({ length, element }: ArrayShape, value: unknown, place: Place): void {
  const values = arrayOf(value)
  if (values?.length !== length) throw badValue(place, `an array of ${length}`, value)
  if (value instanceof Uint8Array && element.kind === 'scalar' && element.format === 'u8') {
    store(place, value)
    return
  }
  for (let index = 0; index < length; index++) {
    const offset = place.offset + index * element.size
    encodeShape(element, values[index], { target: place.target, offset, name: index, whole: place })
  }
}

function arrayOf(value: unknown): ArrayLike<unknown> | undefined {
  return Array.isArray(value) || isTypedArray(value) ? value : undefined
}

function isTypedArray(value: unknown): value is ArrayLike<unknown> {
  return ArrayBuffer.isView(value) && 'length' in value
}

function encodeRecord({ of, fields }: RecordShape, value: unknown, place: Place): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw badValue(place, `an object (${of})`, value)
  }
  const { target } = place
  const given = new Map<string, unknown>(Object.entries(value))
  for (const { name, offset, shape } of fields) {
    if (!given.has(name)) continue
    encodeShape(shape, given.get(name), { target, offset: place.offset + offset, name, whole: place })
    given.delete(name)
  }
  for (const name of given.keys()) {
    const member = { target, offset: place.offset, name, whole: place }
    throw badValue(member, `a member (${listed(fields.map((field) => field.name))})`, name)
  }
}

/**
 * Puts bytes, or those bits of them that `mask` has, into their place. Where a part was written there already, of another
 * member of a union, both have to say the same: which of them is meant, nobody can know.
 */
function store(place: Place, bytes: Uint8Array, mask?: Uint8Array): void {
  const { target, offset } = place
  for (let index = 0; index < bytes.length; index++) {
    const at = offset + index
    const byte = bytes[index] ?? 0
    const bits = mask?.[index] ?? 0xff
    const before = target.bytes[at] ?? 0
    const written = target.written[at] ?? 0
    if (((before ^ byte) & bits & written) !== 0) throw disagreement(place)
    target.bytes[at] = (before & ~bits) | (byte & bits)
    target.written[at] = written | bits
  }
}

function integerIn(
  { bits, signed }: { readonly bits: number; readonly signed: boolean },
  value: unknown,
  place: Place,
): bigint {
  const least = signed ? -(1n << BigInt(bits - 1)) : 0n
  const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
  const number = isInteger ? BigInt(value) : undefined
  if (number !== undefined && number >= least && number <= most) return number
  const isInexact = Number.isInteger(value) && !isInteger
  const advice = isInexact ? '; give integers beyond 2^53 as bigint, since numbers are not exact there' : ''
  throw badValue(place, `an integer from ${least.toString()} to ${most.toString()}`, value, advice)
}

function listed(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')}, ...`
}

function badValue(place: Place, wanted: string, value: unknown, detail = ''): BtfError {
  return refusal(place, `takes ${wanted}, not ${shown(value)}${detail}`)
}

function disagreement(place: Place): BtfError {
  return refusal(
    place,
    'lies in the same bytes as a member given before, and says something else; give one of the two',
  )
}

function refusal(place: Place, why: string): BtfError {
  const { btf, id } = place.target
  const message = `${pathOf(place)} ${why} (type ${id} in the BTF of ${btf.name})`
  return new BtfError('BTF_BAD_VALUE', message, { object: btf.name })
}

/** As C has it, e.g. `value.header.flags[2]`. */
function pathOf({ name, whole }: Place): string {
  if (whole === undefined) return String(name)
  return typeof name === 'number' ? `${pathOf(whole)}[${name}]` : `${pathOf(whole)}.${name}`
}

function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value.toString()}n`
  if (typeof value === 'string') return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}...` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === null) return 'null'
  const elements = arrayOf(value)
  return elements === undefined ? `a value of type ${typeof value}` : `an array of ${elements.length}`
}

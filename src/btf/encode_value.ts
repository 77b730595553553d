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
 * array) or as bytes. Members of a struct that are left out are zero, as in C. Where it throws, nothing was written.
 *
 * @throws BtfError BTF_BAD_VALUE, naming the part of the value, for a wrong type, a number out of range, an unknown
 *   enumerator or member, a wrong length, or memory that is too small; what `createDecoder` throws
 */
export function encodeValue(btf: Btf, id: TypeId, value: unknown, view: DataView, offset: number): void {
  const shape = valueShape(btf, id)
  if (!(offset >= 0 && offset + shape.size <= view.byteLength)) {
    const message = `writing ${shape.size} bytes at offset ${offset}: there are only ${view.byteLength}`
    throw new BtfError('BTF_BAD_VALUE', `BTF of ${btf.name}: type ${id}: ${message}.`, { object: btf.name })
  }
  const scratch = new Uint8Array(shape.size)
  const littleEndian = btf.endianness === 'little'
  encodeShape(shape, value, {
    btf,
    id,
    view: new DataView(scratch.buffer),
    offset: 0,
    path: 'value',
    littleEndian,
  })
  new Uint8Array(view.buffer, view.byteOffset + offset, shape.size).set(scratch)
}

interface Place {
  readonly btf: Btf
  readonly id: TypeId
  readonly view: DataView
  readonly offset: number
  /** Which part of the value, e.g. `value.header.flags[2]`. */
  readonly path: string
  readonly littleEndian: boolean
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
  const { view, offset, littleEndian } = place
  if (format === 'f32' || format === 'f64') {
    if (typeof value !== 'number') throw badValue(place, 'a number', value)
    writeScalar(format, value, view, offset, littleEndian)
    return
  }
  if (format === 'bool') {
    if (typeof value !== 'boolean') throw badValue(place, 'true or false', value)
    writeScalar(format, value ? 1n : 0n, view, offset, littleEndian)
    return
  }
  const range = { bits: size * 8, signed: format.startsWith('i') }
  writeScalar(format, integerIn(range, value, place), view, offset, littleEndian)
}

function encodeBits(shape: BitsShape, value: unknown, place: Place): void {
  if (shape.result === 'boolean' && typeof value !== 'boolean') throw badValue(place, 'true or false', value)
  const number =
    typeof value === 'boolean' && shape.result === 'boolean' ? BigInt(value) : integerIn(shape, value, place)
  writeBits(shape, number, place.view, place.offset, place.littleEndian)
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
  new Uint8Array(place.view.buffer).set(bytes, place.offset)
}

function encodeArray({ length, element }: ArrayShape, value: unknown, place: Place): void {
  const values: readonly unknown[] | undefined = arrayOf(value)
  if (values?.length !== length) throw badValue(place, `an array of ${length}`, value)
  values.forEach((each, index) => {
    encodeShape(element, each, {
      ...place,
      offset: place.offset + index * element.size,
      path: `${place.path}[${index}]`,
    })
  })
}

function arrayOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof Uint8Array) return [...value]
  return Array.isArray(value) ? value : undefined
}

function encodeRecord({ of, fields }: RecordShape, value: unknown, place: Place): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badValue(place, `an object (${of})`, value)
  }
  const given = new Map<string, unknown>(Object.entries(value))
  for (const { name, offset, shape } of fields) {
    if (!given.has(name)) continue
    encodeShape(shape, given.get(name), {
      ...place,
      offset: place.offset + offset,
      path: `${place.path}.${name}`,
    })
    given.delete(name)
  }
  for (const name of given.keys()) {
    throw badValue(
      { ...place, path: `${place.path}.${name}` },
      `a member (${listed(fields.map((field) => field.name))})`,
      name,
    )
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
  throw badValue(place, `an integer from ${least.toString()} to ${most.toString()}`, value)
}

function listed(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')}, ...`
}

function badValue({ btf, id, path }: Place, wanted: string, value: unknown, detail = ''): BtfError {
  const message = `BTF of ${btf.name}: encoding type ${id}: ${path} takes ${wanted}, not ${shown(value)}${detail}.`
  return new BtfError('BTF_BAD_VALUE', message, { object: btf.name })
}

function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value.toString()}n`
  if (typeof value === 'string') return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}...` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value)
    ? `an array of ${value.length}`
    : value === null
      ? 'null'
      : `a value of type ${typeof value}`
}

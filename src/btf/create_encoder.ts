import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { encodeValue } from './encode_value.ts'
import {
  valueShape,
  type ArrayShape,
  type EnumShape,
  type RecordShape,
  type ScalarFormat,
  type ValueShape,
} from './value_shape.ts'

/** Writes a value to where it starts in `view`. */
export type BtfEncoder = (value: unknown, view: DataView, offset: number) => void

/**
 * An encoder for values of a type, which are written as `encodeValue` writes them. Make it once and use it for many values.
 *
 * `encodeValue` is the authority: it knows which values a type has, and says what is wrong with others. The encoder made
 * here writes common values of common types by itself, several times as fast, and hands everything else over: bitfields,
 * unions, text beyond ASCII, structs of which members are left out, and whatever does not fit. So where it throws, some of
 * the value may be written.
 *
 * @param name What errors call the value, as in `encodeValue`.
 * @throws BtfError as `encodeValue`, for types without values when it is made, for values when it is used
 */
export function createEncoder(btf: Btf, id: TypeId, name = 'value'): BtfEncoder {
  const shape = valueShape(btf, id)
  const { size } = shape
  const write = writerOf(shape, { littleEndian: btf.endianness === 'little', known: new Map() })
  return (value, view, offset) => {
    const fits = offset >= 0 && offset + size <= view.byteLength
    if (!fits || !write(value, view, offset)) encodeValue(btf, id, value, view, offset, name)
  }
}

/** Writes a value that it can write, and says whether it could. The bytes are there. */
type Writer = (value: unknown, view: DataView, offset: number) => boolean

const cannotWrite: Writer = () => false

interface Making {
  readonly littleEndian: boolean
  /** By shape, which types may share: without it, nested sharing would take exponential time. */
  readonly known: Map<ValueShape, Writer>
}

function writerOf(shape: ValueShape, making: Making): Writer {
  const known = making.known.get(shape)
  if (known !== undefined) return known
  const writer = makeWriter(shape, making)
  making.known.set(shape, writer)
  return writer
}

function makeWriter(shape: ValueShape, making: Making): Writer {
  switch (shape.kind) {
    case 'scalar':
      return scalarWriter(shape.format, making.littleEndian)
    case 'bits':
      return cannotWrite
    case 'enum':
      return enumWriter(shape, making)
    case 'text':
      return textWriter(shape.size)
    case 'array':
      return arrayWriter(shape, making)
    case 'record':
      return recordWriter(shape, making)
  }
}

function isIntegerIn(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

/** Integers of up to 32 bits by range and method of DataView. */
function scalarWriter(format: ScalarFormat, littleEndian: boolean): Writer {
  switch (format) {
    case 'u8':
      return (value, view, offset) => isIntegerIn(value, 0, 0xff) && (view.setUint8(offset, value), true)
    case 'i8':
      return (value, view, offset) => isIntegerIn(value, -0x80, 0x7f) && (view.setInt8(offset, value), true)
    case 'u16':
      return (value, view, offset) =>
        isIntegerIn(value, 0, 0xffff) && (view.setUint16(offset, value, littleEndian), true)
    case 'i16':
      return (value, view, offset) =>
        isIntegerIn(value, -0x8000, 0x7fff) && (view.setInt16(offset, value, littleEndian), true)
    case 'u32':
      return (value, view, offset) =>
        isIntegerIn(value, 0, 0xffff_ffff) && (view.setUint32(offset, value, littleEndian), true)
    case 'i32':
      return (value, view, offset) =>
        isIntegerIn(value, -0x8000_0000, 0x7fff_ffff) && (view.setInt32(offset, value, littleEndian), true)
    case 'bool':
      return (value, view, offset) =>
        typeof value === 'boolean' && (view.setUint8(offset, value ? 1 : 0), true)
    case 'f64':
      return (value, view, offset) =>
        typeof value === 'number' && (view.setFloat64(offset, value, littleEndian), true)
    case 'u64':
    case 'i64':
      return wideWriter(format, littleEndian)
    case 'f32':
    case 'u128':
    case 'i128':
      return cannotWrite
  }
}

const MAX_U64 = 2n ** 64n - 1n
const MIN_I64 = -(2n ** 63n)
const MAX_I64 = 2n ** 63n - 1n

function wideWriter(format: 'u64' | 'i64', littleEndian: boolean): Writer {
  const [least, most] = format === 'u64' ? [0n, MAX_U64] : [MIN_I64, MAX_I64]
  return (value, view, offset) => {
    const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
    if (!isInteger) return false
    const number = BigInt(value)
    if (number < least || number > most) return false
    view.setBigInt64(offset, number, littleEndian)
    return true
  }
}

function enumWriter({ number, values }: EnumShape, making: Making): Writer {
  const write = writerOf(number, making)
  return (value, view, offset) => write(typeof value === 'string' ? values.get(value) : value, view, offset)
}

function textWriter(size: number): Writer {
  return (value, view, offset) => {
    if (typeof value !== 'string' || value.length >= size) return false
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code === 0 || code >= 0x80) return false
      view.setUint8(offset + index, code)
    }
    clear(view, offset + value.length, offset + size)
    return true
  }
}

function arrayWriter({ length, element }: ArrayShape, making: Making): Writer {
  const write = writerOf(element, making)
  if (write === cannotWrite) return cannotWrite
  return (value, view, offset) => {
    if (!Array.isArray(value) || value.length !== length) return false
    for (let index = 0; index < length; index++) {
      if (!write(value[index], view, offset + index * element.size)) return false
    }
    return true
  }
}

/** For structs whose members share no byte; those of anonymous unions are members of the struct around them. */
function recordWriter({ fields, size }: RecordShape, making: Making): Writer {
  const members = fields
    .map(({ name, offset, shape }) => ({
      name,
      offset,
      end: offset + shape.size,
      write: writerOf(shape, making),
    }))
    .sort((left, right) => left.offset - right.offset)
  let end = 0
  let hasPadding = false
  for (const member of members) {
    if (member.write === cannotWrite || member.offset < end) return cannotWrite
    if (member.offset > end) hasPadding = true
    ;({ end } = member)
  }
  if (end < size) hasPadding = true
  return (value, view, offset) => {
    if (!isRecord(value) || Object.keys(value).length !== members.length) return false
    if (hasPadding) clear(view, offset, offset + size)
    for (const { name, offset: memberOffset, write } of members) {
      if (!Object.hasOwn(value, name) || !write(value[name], view, offset + memberOffset)) return false
    }
    return true
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function clear(view: DataView, start: number, end: number): void {
  let at = start
  for (; at + 8 <= end; at += 8) view.setFloat64(at, 0)
  for (; at < end; at++) view.setUint8(at, 0)
}

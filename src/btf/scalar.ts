import type { BitsShape, ScalarFormat } from './value_shape.ts'

/** What integers, floats and booleans decode to. */
export type ScalarValue = number | bigint | boolean

/** Reads a whole integer, float or bool. The caller has checked the bounds. */
export function readScalar(
  format: ScalarFormat,
  view: DataView,
  offset: number,
  littleEndian: boolean,
): ScalarValue {
  switch (format) {
    case 'u8':
      return view.getUint8(offset)
    case 'i8':
      return view.getInt8(offset)
    case 'u16':
      return view.getUint16(offset, littleEndian)
    case 'i16':
      return view.getInt16(offset, littleEndian)
    case 'u32':
      return view.getUint32(offset, littleEndian)
    case 'i32':
      return view.getInt32(offset, littleEndian)
    case 'u64':
      return view.getBigUint64(offset, littleEndian)
    case 'i64':
      return view.getBigInt64(offset, littleEndian)
    case 'u128':
      return readU128(view, offset, littleEndian)
    case 'i128':
      return BigInt.asIntN(128, readU128(view, offset, littleEndian))
    case 'f32':
      return view.getFloat32(offset, littleEndian)
    case 'f64':
      return view.getFloat64(offset, littleEndian)
    case 'bool':
      return view.getUint8(offset) !== 0
  }
}

function readU128(view: DataView, offset: number, littleEndian: boolean): bigint {
  const first = view.getBigUint64(offset, littleEndian)
  const second = view.getBigUint64(offset + 8, littleEndian)
  return littleEndian ? (second << 64n) | first : (first << 64n) | second
}

/**
 * Writes a whole integer, float or bool; integers and bool as bigint, wrapped to their width. The caller has checked
 * bounds and range.
 */
export function writeScalar(
  format: ScalarFormat,
  value: bigint | number,
  view: DataView,
  offset: number,
  littleEndian: boolean,
): void {
  if (format === 'f32') view.setFloat32(offset, Number(value), littleEndian)
  else if (format === 'f64') view.setFloat64(offset, Number(value), littleEndian)
  else writeBytes(BigInt(value), { size: SCALAR_SIZE[format], view, offset, littleEndian })
}

const SCALAR_SIZE: Readonly<Record<Exclude<ScalarFormat, 'f32' | 'f64'>, number>> = {
  u8: 1,
  i8: 1,
  bool: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  u128: 16,
  i128: 16,
}

/** Where an integer of `size` bytes lies. */
interface Bytes {
  readonly size: number
  readonly view: DataView
  readonly offset: number
  readonly littleEndian: boolean
}

function writeBytes(value: bigint, { size, view, offset, littleEndian }: Bytes): void {
  let rest = value
  for (let index = 0; index < size; index++) {
    view.setUint8(littleEndian ? offset + index : offset + size - 1 - index, Number(rest & 0xffn))
    rest >>= 8n
  }
}

function readBytes({ size, view, offset, littleEndian }: Bytes): bigint {
  let value = 0n
  for (let index = 0; index < size; index++) {
    value = (value << 8n) | BigInt(view.getUint8(littleEndian ? offset + size - 1 - index : offset + index))
  }
  return value
}

/**
 * Reads a bitfield. The bytes that it touches, read as one integer of the machine's endianness, hold it with some bits of
 * its neighbours on both sides; the bits below it are to be shifted out, the bits above it to be cut off. Little-endian
 * compilers fill integers from the lowest bit up, big-endian ones from the highest bit down.
 */
export function readBits(
  shape: BitsShape,
  view: DataView,
  offset: number,
  littleEndian: boolean,
): ScalarValue {
  const { size, bits } = shape
  const below = bitsBelow(shape, littleEndian)
  if (shape.result !== 'bigint' && size <= 4) {
    return narrow(shape, readNarrow(view, offset, size, littleEndian), below)
  }
  const raw = readBytes({ size, view, offset, littleEndian }) >> BigInt(below)
  const value = shape.signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw)
  if (shape.result === 'bigint') return value
  return shape.result === 'boolean' ? value !== 0n : Number(value)
}

function bitsBelow({ size, bit, bits }: BitsShape, littleEndian: boolean): number {
  return littleEndian ? bit : size * 8 - bit - bits
}

/** Up to four bytes as an int32, without the bigints that would cost ten times as much. */
function readNarrow(view: DataView, offset: number, size: number, littleEndian: boolean): number {
  let value = 0
  for (let index = 0; index < size; index++) {
    value = (value << 8) | view.getUint8(littleEndian ? offset + size - 1 - index : offset + index)
  }
  return value
}

function narrow({ bits, signed, result }: BitsShape, raw: number, below: number): number | boolean {
  const left = 32 - bits - below
  const aligned = raw << left
  const value = signed ? aligned >> (32 - bits) : aligned >>> (32 - bits)
  return result === 'boolean' ? value !== 0 : value
}

/** Writes a bitfield and leaves its neighbours' bits as they are. The caller has checked the range. */
export function writeBits(
  shape: BitsShape,
  value: bigint,
  view: DataView,
  offset: number,
  littleEndian: boolean,
): void {
  const bytes = { size: shape.size, view, offset, littleEndian }
  const below = BigInt(bitsBelow(shape, littleEndian))
  const mask = ((1n << BigInt(shape.bits)) - 1n) << below
  writeBytes((readBytes(bytes) & ~mask) | ((value << below) & mask), bytes)
}

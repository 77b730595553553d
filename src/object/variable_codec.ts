import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { createDecoder } from '../btf/decoder.ts'
import { encodeValue } from '../btf/encode_value.ts'
import { sizeOf } from '../btf/layout.ts'
import type { BtfDecoder, BtfValue } from '../btf/value.ts'
import type { GlobalVariable } from './globals.ts'
import { ObjectError } from './object_error.ts'

/**
 * Bytes of a variable that is read or written as a value. An array of bytes takes eight times as much memory as a value,
 * and how large a variable is, is for the object to say.
 */
const MAX_VALUE_SIZE = 16 * 1024 * 1024

interface TypeCodec {
  /** Bytes. */
  readonly size: number
  readonly decode: BtfDecoder
}

const codecs = new WeakMap<Btf, Map<TypeId, TypeCodec>>()

/**
 * The value of a variable.
 *
 * @param bytes Those of the variable, and no others.
 * @throws ObjectError 'OBJECT_UNSUPPORTED' for more than 16 MiB, and for a variable that has less room than its type;
 *   BtfError as `createDecoder`
 */
export function decodeVariable(btf: Btf, variable: GlobalVariable, bytes: Uint8Array): BtfValue {
  const { decode } = codecOf(btf, variable)
  return decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0)
}

/**
 * The bytes that a variable has with this value. They may be fewer than the variable's, where a struct of it ends with an
 * array of unknown length that has elements: those are left alone.
 *
 * @throws as `decodeVariable`; BtfError BTF_BAD_VALUE for a value that the type cannot hold, naming the part, as in
 *   `config.limits[3].max`
 */
export function encodeVariable(btf: Btf, variable: GlobalVariable, value: unknown): Uint8Array {
  const { size } = codecOf(btf, variable)
  const bytes = new Uint8Array(size)
  encodeValue(btf, variable.type, value, new DataView(bytes.buffer), 0, variable.name)
  return bytes
}

function codecOf(btf: Btf, variable: GlobalVariable): TypeCodec {
  if (variable.size > MAX_VALUE_SIZE) {
    const found = `it has ${variable.size} bytes, and up to ${MAX_VALUE_SIZE} are supported`
    throw notAValue(btf, variable, found)
  }
  let known = codecs.get(btf)
  if (known === undefined) {
    known = new Map()
    codecs.set(btf, known)
  }
  const codec = known.get(variable.type) ?? makeCodec(btf, variable.type)
  known.set(variable.type, codec)
  if (codec.size <= variable.size) return codec
  throw notAValue(
    btf,
    variable,
    `it has ${variable.size} bytes, and its type ${codec.size}: the compiler kept parts of a static variable alone; declare ` +
      'it volatile to have it as a whole',
  )
}

function makeCodec(btf: Btf, type: TypeId): TypeCodec {
  return { size: sizeOf(btf, type), decode: createDecoder(btf, type) }
}

function notAValue(btf: Btf, { name, sectionName }: GlobalVariable, found: string): ObjectError {
  return new ObjectError(
    'OBJECT_UNSUPPORTED',
    `${btf.name}: cannot take global variable ${name} for a value: ${found}, or use the bytes of map ${sectionName}`,
    { object: btf.name, section: sectionName },
  )
}

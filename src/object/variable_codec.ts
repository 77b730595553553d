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

const decoders = new WeakMap<Btf, Map<TypeId, BtfDecoder>>()

/**
 * The value of a variable.
 *
 * @param bytes Those of the variable, and no others.
 * @throws ObjectError 'OBJECT_UNSUPPORTED' for more than 16 MiB; BtfError as `createDecoder`, and BTF_BAD_VALUE where the
 *   object's BTF gives the variable less room than its type
 */
export function decodeVariable(btf: Btf, variable: GlobalVariable, bytes: Uint8Array): BtfValue {
  requireModestSize(btf, variable)
  let known = decoders.get(btf)
  if (known === undefined) {
    known = new Map()
    decoders.set(btf, known)
  }
  const decode = known.get(variable.type) ?? createDecoder(btf, variable.type)
  known.set(variable.type, decode)
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
  requireModestSize(btf, variable)
  const bytes = new Uint8Array(variable.size)
  encodeValue(btf, variable.type, value, new DataView(bytes.buffer), 0, variable.name)
  return bytes.subarray(0, sizeOf(btf, variable.type))
}

function requireModestSize(btf: Btf, { name, size, sectionName }: GlobalVariable): void {
  if (size <= MAX_VALUE_SIZE) return
  throw new ObjectError(
    'OBJECT_UNSUPPORTED',
    `${btf.name}: cannot take global variable ${name} for a value: it has ${size} bytes, and up to ${MAX_VALUE_SIZE} are ` +
      `supported; use the bytes of map ${sectionName}`,
    { object: btf.name, section: sectionName },
  )
}

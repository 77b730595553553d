import { AbiError } from './abi_error.ts'
import {
  fieldEnd,
  fieldSize,
  type AnyValueToEncode,
  type AttrValues,
  type Field,
  type StructTable,
} from './attr_table.ts'
import type { EncodedAttr, PointerSlot } from './encoded_attr.ts'

/**
 * Encodes `values` as the structure that `table` describes.
 *
 * Kernels refuse a structure that is longer than they know with anything but zeros in the part that they do not know
 * (E2BIG, Documentation/userspace-api/ebpf/syscall.rst and `bpf_check_uarg_tail_zero`). So the result ends with the last
 * field that is not zero, or that the kernel writes to, and a program that uses nothing new is accepted by old kernels.
 * Padding is zero, which kernels insist on as well (`CHECK_ATTR`).
 *
 * A pointer to no bytes is the null pointer. Text shorter than its field is followed by zeros.
 *
 * @throws AbiError where a value does not fit its field, or the table has no field of that name.
 */
export function encodeAttr<const Table extends StructTable>(
  table: Table,
  values: AttrValues<Table>,
): EncodedAttr {
  const given = new Map<string, AnyValueToEncode | undefined>(Object.entries(values))
  const writes: { readonly field: Field; readonly value: AnyValueToEncode }[] = []
  let size = table.minimumSize ?? 0

  for (const field of table.fields) {
    const value = given.get(field.name)
    given.delete(field.name)
    if (field.written || (value !== undefined && !isZero(value))) size = Math.max(size, fieldEnd(field))
    if (value !== undefined) writes.push({ field, value })
  }
  for (const name of given.keys()) {
    throw new AbiError('ABI_UNKNOWN_FIELD', `${table.name} has no field named ${name}`)
  }
  rejectOverlaps(table, writes)

  const bytes = new Uint8Array(size)
  const pointers: PointerSlot[] = []
  for (const { field, value } of writes) {
    checkValue(table, field, value)
    if (isZero(value)) continue
    if (field.type === 'ptr' && value instanceof Uint8Array) {
      pointers.push({ field: field.name, offset: field.offset, target: value })
    } else {
      writeValue(bytes, field, value)
    }
  }
  return { bytes, pointers }
}

/** Whether the field's bytes stay zero with this value. */
function isZero(value: AnyValueToEncode): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) === 0
  return value.length === 0
}

function rejectOverlaps(table: StructTable, writes: readonly { readonly field: Field }[]): void {
  for (const { field } of writes) {
    const other = field.overlays
    if (other !== undefined && writes.some((write) => write.field.name === other)) {
      throw new AbiError(
        'ABI_OVERLAPPING_FIELDS',
        `${field.name} and ${other} of ${table.name} are members of one union: give one of them`,
      )
    }
  }
}

/** Throws unless `value` is of the field's type and fits into it. */
function checkValue(table: StructTable, field: Field, value: AnyValueToEncode): void {
  const fail = (code: AbiError['code'], found: string): AbiError =>
    new AbiError(code, `${field.name} of ${table.name} is ${field.type}, and ${found}`)

  switch (field.type) {
    case 'u16':
    case 'u32':
    case 'i32':
    case 'u64': {
      if (typeof value !== 'number' && typeof value !== 'bigint')
        throw fail('ABI_WRONG_VALUE', `no number was given`)
      const [min, max] = RANGES[field.type]
      if ((typeof value === 'number' && !Number.isSafeInteger(value)) || value < min || value > max) {
        throw fail('ABI_VALUE_OUT_OF_RANGE', `${value.toString()} is not an integer from ${min} to ${max}`)
      }
      return
    }
    case 'ptr':
      if (!(value instanceof Uint8Array))
        throw fail('ABI_WRONG_VALUE', 'what it is to point at is no Uint8Array')
      return
    default:
      checkArray(field, value, fail)
  }
}

function checkArray(
  field: Field,
  value: AnyValueToEncode,
  fail: (code: AbiError['code'], found: string) => AbiError,
): void {
  const size = fieldSize(field.type)
  if (field.type.startsWith('char[')) {
    if (typeof value !== 'string') throw fail('ABI_WRONG_VALUE', 'no text was given')
    if (value.includes('\0')) throw fail('ABI_WRONG_VALUE', `${JSON.stringify(value)} has a NUL inside`)
    const length = utf8.encode(value).length
    if (length >= size) {
      throw fail('ABI_VALUE_TOO_LONG', `${JSON.stringify(value)} takes ${length} bytes and a NUL`)
    }
  } else {
    if (!(value instanceof Uint8Array)) throw fail('ABI_WRONG_VALUE', 'no Uint8Array was given')
    if (value.length > size) throw fail('ABI_VALUE_TOO_LONG', `${value.length} bytes were given`)
  }
}

const utf8 = new TextEncoder()

const RANGES = {
  u16: [0, 0xffff],
  u32: [0, 0xffff_ffff],
  i32: [-0x8000_0000, 0x7fff_ffff],
  u64: [0n, 0xffff_ffff_ffff_ffffn],
} as const

/** Stores a value that `checkValue` let through. */
function writeValue(bytes: Uint8Array, field: Field, value: AnyValueToEncode): void {
  if (typeof value === 'string') {
    bytes.set(utf8.encode(value), field.offset)
    return
  }
  if (value instanceof Uint8Array) {
    bytes.set(value, field.offset)
    return
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + field.offset, fieldSize(field.type))
  switch (view.byteLength) {
    case 2:
      view.setUint16(0, Number(value), true)
      return
    case 4:
      view.setInt32(0, Number(value), true)
      return
    default:
      view.setBigUint64(0, BigInt(value), true)
  }
}

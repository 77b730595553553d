import type { TypeId } from '../../src/base/units.ts'
import type { MemberSpec } from '../../src/btf/encoder.ts'

/** A struct or union member at a byte offset; '' names an anonymous one. */
export function at(byteOffset: number, name: string, type: TypeId): MemberSpec {
  return { name, type, bitOffset: byteOffset * 8 }
}

/** A bitfield: `name` has `size` bits from bit `bitOffset` on. */
export function bits(bitOffset: number, size: number, name: string, type: TypeId): MemberSpec {
  return { name, type, bitOffset, bitfieldSize: size }
}

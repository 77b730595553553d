import { type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { resolve } from '../btf/resolve.ts'
import type { ObjectError } from './object_error.ts'

/** One member of a map definition, and how to complain about it. */
export interface AttributeMember {
  readonly btf: Btf
  readonly type: TypeId
  readonly fail: (found: string) => ObjectError
}

/** The number that `__uint()` declares. */
export function numberOf(member: AttributeMember): number {
  const type = resolve(member.btf, member.type)
  if (type.kind !== 'ptr') throw member.fail(`is of kind ${type.kind}, not a pointer as __uint() declares`)
  const array = resolve(member.btf, type.target)
  if (array.kind !== 'array') throw member.fail('is no pointer to an array, as __uint() declares')
  return array.length
}

/** The 64-bit number that `__ulong()` declares, as the only enumerator of an enum; or one that `__uint()` declares. */
export function wideNumberOf(member: AttributeMember): bigint {
  const type = resolve(member.btf, member.type)
  if (type.kind !== 'enum' && type.kind !== 'enum64') return BigInt(numberOf(member))
  const [only, ...others] = type.enumerators
  if (only === undefined || others.length > 0) {
    throw member.fail(`is an enum of ${type.enumerators.length} values, not of one as __ulong() declares`)
  }
  return BigInt.asUintN(64, only.value)
}

/** The type that `__type()` declares. */
export function targetOf(member: AttributeMember): TypeId {
  const type = resolve(member.btf, member.type)
  if (type.kind !== 'ptr') throw member.fail(`is of kind ${type.kind}, not a pointer as __type() declares`)
  if (type.target === VOID) throw member.fail('points to void, which has no size')
  return type.target
}

/** The type that `__array()` declares an array of pointers to: `typeof(type) *values[]`. */
export function arrayTargetOf(member: AttributeMember): TypeId {
  const array = resolve(member.btf, member.type)
  if (array.kind !== 'array' || array.length !== 0) {
    throw member.fail('is no array of unknown length, as __array() declares')
  }
  const pointer = resolve(member.btf, array.element)
  if (pointer.kind !== 'ptr')
    throw member.fail(`is an array of ${pointer.kind}, not of pointers as __array() declares`)
  return pointer.target
}

/** The size that several attributes give. */
export function agree(member: AttributeMember, known: number | undefined, size: number): number {
  if (known !== undefined && known !== size) {
    throw member.fail(`gives a size of ${size} bytes, another attribute one of ${known}`)
  }
  return size
}

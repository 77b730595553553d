import type { Endianness } from '../base/reader.ts'
import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve, type ResolvedType } from '../btf/resolve.ts'
import type { BtfMember } from '../btf/types.ts'
import type { FieldAccess } from './access.ts'
import { CoreError } from './core_error.ts'
import type { FieldKindName } from './kinds.ts'

/** What a relocation of one kind puts into the instruction, for one access against one BTF. */
export interface FieldValue {
  readonly value: bigint
  /**
   * Whether clang computed the local value by the same rules, so that the instruction must hold it. For a bitfield the
   * compiler is free to load another word than we do.
   */
  readonly certain: boolean
  /** What a load or store of the field touches; only where the value is the byte offset of no bitfield. */
  readonly memory: MemoryAccess | undefined
}

export interface MemoryAccess {
  /** Bytes of the field; of one innermost element, where the field is an array. */
  readonly size: number
  readonly type: TypeId
}

/**
 * The value of a field relocation kind other than `field_exists`, whose value is whether there is an access at all.
 *
 * @throws CoreError 'CORE_BAD_RELOCATION' where the kind cannot be asked of this field.
 */
export function fieldValue(kind: Exclude<FieldKindName, 'field_exists'>, access: FieldAccess): FieldValue {
  const last = access.accessors.at(-1)
  if (last?.kind !== 'member') return elementValue(kind, access)
  const composite = access.btf.type(last.composite)
  const member = 'members' in composite ? composite.members[last.index] : undefined
  if (member === undefined) throw notAField(kind)
  const window = member.bitfieldSize > 0 ? bitfieldWindow(access, member) : wholeWindow(access, member)
  return memberValue(kind, access.btf, member, window)
}

/** Which bytes a load has to read to get at a field, and where the field's bits lie. */
interface LoadWindow {
  readonly byteOffset: number
  readonly byteSize: number
  /** From the start of the root type. */
  readonly bitOffset: number
  readonly bitSize: number
}

function wholeWindow(access: FieldAccess, member: BtfMember): LoadWindow {
  const byteSize = sizeOf(access.btf, member.type)
  return {
    byteOffset: Math.floor(access.bitOffset / 8),
    byteSize,
    bitOffset: access.bitOffset,
    bitSize: byteSize * 8,
  }
}

/**
 * The smallest aligned word, from the declared type's size up to 8 bytes, that holds the whole bitfield: BPF loads only
 * whole words, and the program shifts the bits out of them.
 */
function bitfieldWindow(access: FieldAccess, member: BtfMember): LoadWindow {
  const bits = access.bitOffset
  const end = bits + member.bitfieldSize
  for (let size = sizeOf(access.btf, member.type); size > 0 && size <= 8; size *= 2) {
    const start = Math.floor(bits / 8 / size) * size
    if (end <= (start + size) * 8) {
      return { byteOffset: start, byteSize: size, bitOffset: bits, bitSize: member.bitfieldSize }
    }
  }
  throw new CoreError(
    'CORE_BAD_RELOCATION',
    `bitfield ${member.name} at bit ${bits} (${member.bitfieldSize} bits) does not fit into one aligned 64-bit load`,
  )
}

function memberValue(
  kind: Exclude<FieldKindName, 'field_exists'>,
  btf: Btf,
  member: BtfMember,
  window: LoadWindow,
): FieldValue {
  const bitfield = member.bitfieldSize > 0
  switch (kind) {
    case 'field_byte_offset':
      return {
        value: BigInt(window.byteOffset),
        certain: !bitfield,
        memory: bitfield ? undefined : memoryAccess(btf, member.type),
      }
    case 'field_byte_size':
      return { value: BigInt(window.byteSize), certain: !bitfield, memory: undefined }
    case 'field_signed':
      return { value: isSigned(btf, member.type) ? 1n : 0n, certain: true, memory: undefined }
    case 'field_lshift_u64':
      return { value: BigInt(leftShift(btf.endianness, window)), certain: !bitfield, memory: undefined }
    case 'field_rshift_u64':
      return { value: BigInt(64 - window.bitSize), certain: true, memory: undefined }
  }
}

/** How far a 64-bit register that holds the window is shifted left, so that the field's top bit becomes bit 63. */
function leftShift(endianness: Endianness, window: LoadWindow): number {
  const bitsBefore = window.bitOffset - window.byteOffset * 8
  return endianness === 'little' ? 64 - (bitsBefore + window.bitSize) : (8 - window.byteSize) * 8 + bitsBefore
}

function isSigned(btf: Btf, id: TypeId): boolean {
  const type = resolve(btf, id)
  if (type.kind === 'int') return type.encoding === 'signed'
  return (type.kind === 'enum' || type.kind === 'enum64') && type.signed
}

/** `a[3]` and `p[0]`: an element has an offset and a size, and nothing that a bitfield has. */
function elementValue(kind: FieldKindName, access: FieldAccess): FieldValue {
  const last = access.accessors.at(-1)
  if (last?.kind !== 'element') throw notAField(kind)
  if (kind === 'field_byte_offset') {
    const value = BigInt(Math.floor(access.bitOffset / 8))
    return { value, certain: true, memory: memoryAccess(access.btf, last.element) }
  }
  if (kind === 'field_byte_size') {
    return { value: BigInt(sizeOf(access.btf, last.element)), certain: true, memory: undefined }
  }
  throw notAField(kind)
}

function memoryAccess(btf: Btf, id: TypeId): MemoryAccess {
  const field = resolve(btf, id)
  // Throws for an array that contains itself, so that the loop ends.
  const size = sizeOf(btf, field.id)
  if (field.kind !== 'array') return { size, type: field.id }
  let element: ResolvedType = field
  while (element.kind === 'array') element = resolve(btf, element.element)
  return { size: sizeOf(btf, element.id), type: field.id }
}

function notAField(kind: FieldKindName): CoreError {
  return new CoreError(
    'CORE_BAD_RELOCATION',
    `cannot calculate ${kind}: the access names no struct or union member`,
  )
}

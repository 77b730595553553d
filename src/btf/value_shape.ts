import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { MAX_RESOLVE_DEPTH } from './format.ts'
import { POINTER_SIZE, sizeOf } from './layout.ts'
import { resolve, tooDeep, type ResolvedType } from './resolve.ts'
import type { BtfArray, BtfComposite, BtfEnum, BtfFloat, BtfInt, BtfMember, BtfPtr, BtfVar } from './types.ts'

/**
 * How the bytes of a value are laid out, with everything that BTF spreads over types and references resolved: what the
 * decoder and the encoder of values walk. Offsets are from the start of the enclosing record. Every part lies within its
 * record: that is checked here once, so that decoding needs one bounds check for the whole value.
 */
export type ValueShape = ScalarShape | BitsShape | EnumShape | TextShape | ArrayShape | RecordShape

export type ScalarFormat =
  'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'u128' | 'i128' | 'f32' | 'f64' | 'bool'

export interface ScalarShape {
  readonly kind: 'scalar'
  readonly size: number
  readonly format: ScalarFormat
  /** A pointer's number. */
  readonly isAddress?: true
}

/** Some bits of an integer. `bit` counts from the start of the value's first byte: upwards from the lowest bit in
 * little-endian memory, downwards from the highest in big-endian memory. */
export interface BitsShape {
  readonly kind: 'bits'
  /** Bytes that the bits touch. */
  readonly size: number
  /** 0 to 7. */
  readonly bit: number
  readonly bits: number
  readonly signed: boolean
  readonly result: 'number' | 'bigint' | 'boolean'
}

export interface EnumShape {
  readonly kind: 'enum'
  readonly size: number
  /** Where the number is; a bitfield's bits or a whole integer. */
  readonly number: ScalarShape | BitsShape
  /** The first name of each value. */
  readonly names: ReadonlyMap<number | bigint, string>
  readonly values: ReadonlyMap<string, number | bigint>
}

/** An array of char. */
export interface TextShape {
  readonly kind: 'text'
  readonly size: number
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly size: number
  readonly length: number
  readonly element: ValueShape
}

export interface RecordShape {
  readonly kind: 'record'
  readonly of: 'struct' | 'union'
  readonly size: number
  /** Those of anonymous members among them. No two have the same name. */
  readonly fields: readonly FieldShape[]
}

export interface FieldShape {
  readonly name: string
  /** Bytes from the start of the record. */
  readonly offset: number
  readonly shape: ValueShape
}

/** Fields of one record, those of its anonymous members included; a struct has at most 65,535 members on Linux 6.18. */
const MAX_FIELDS = 0xffff
/**
 * How many scalars, arrays and records one value may have: so many in all, or so many for each byte. Types that have more
 * overlap each other, level upon level, to make a small value explode.
 */
const MAX_PARTS = 0xffff
const MAX_PARTS_PER_BYTE = 16

const shapes = new WeakMap<Btf, Map<TypeId, ValueShape>>()

/**
 * The shape of a type's values; a var's are its type's.
 *
 * @throws BtfError BTF_NOT_A_VALUE for void, functions, forward declarations, datasecs and for members outside of their
 *   struct; BTF_TOO_DEEP for types that contain themselves or nest more than 32 deep
 */
export function valueShape(btf: Btf, id: TypeId): ValueShape {
  let known = shapes.get(btf)
  if (known === undefined) {
    known = new Map()
    shapes.set(btf, known)
  }
  const shape = known.get(id) ?? new ShapeBuilder(btf, id).build()
  known.set(id, shape)
  return shape
}

class ShapeBuilder {
  readonly #btf: Btf
  readonly #id: TypeId
  readonly #known = new Map<TypeId, ValueShape>()
  readonly #parts = new Map<ValueShape, number>()

  constructor(btf: Btf, id: TypeId) {
    this.#btf = btf
    this.#id = id
  }

  build(): ValueShape {
    const shape = this.#shapeOf(this.#id, 0)
    if (this.#partsOf(shape) > Math.max(MAX_PARTS, MAX_PARTS_PER_BYTE * shape.size)) {
      throw this.#error('BTF_TOO_DEEP', `has ${this.#partsOf(shape)} parts in ${shape.size} bytes`)
    }
    return shape
  }

  #shapeOf(id: TypeId, depth: number): ValueShape {
    if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(this.#btf, this.#id)
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const shape = this.#build(resolve(this.#btf, id), depth)
    this.#known.set(id, shape)
    return shape
  }

  #build(type: ResolvedType, depth: number): ValueShape {
    if (!hasValues(type))
      throw this.#error('BTF_NOT_A_VALUE', `contains a ${type.kind}, of which there are no values`)
    switch (type.kind) {
      case 'int':
        return this.#int(type)
      case 'ptr':
        return { kind: 'scalar', size: POINTER_SIZE, format: 'u64', isAddress: true }
      case 'float':
        return this.#float(type.size)
      case 'enum':
      case 'enum64':
        return enumShape(type, integer(type.size, type.signed))
      case 'array':
        return this.#array(type, depth)
      case 'struct':
      case 'union':
        return this.#record(type, depth)
      case 'var':
        return this.#shapeOf(type.type, depth + 1)
    }
  }

  #int(type: BtfInt): ValueShape {
    if (type.bits !== type.size * 8 || type.bitOffset !== 0) return this.#bits(type, 0, type.bits).shape
    if (![1, 2, 4, 8, 16].includes(type.size)) {
      throw this.#error('BTF_NOT_A_VALUE', `contains an integer of ${type.size} bytes`)
    }
    if (type.encoding === 'bool' && type.size === 1) return { kind: 'scalar', size: 1, format: 'bool' }
    return integer(type.size, type.encoding === 'signed')
  }

  #float(size: number): ScalarShape {
    if (size === 4 || size === 8) return { kind: 'scalar', size, format: size === 4 ? 'f32' : 'f64' }
    throw this.#error('BTF_NOT_A_VALUE', `contains a float of ${size} bytes; JavaScript has 4 and 8`)
  }

  #array(type: BtfArray, depth: number): ValueShape {
    const size = sizeOf(this.#btf, type.id)
    const element = resolve(this.#btf, type.element)
    if (element.kind === 'int' && isChar(element)) return { kind: 'text', size }
    return { kind: 'array', size, length: type.length, element: this.#shapeOf(type.element, depth + 1) }
  }

  #record(type: BtfComposite, depth: number): RecordShape {
    const fields = new Map<string, FieldShape>()
    for (const member of type.members) {
      for (const field of this.#member(member, depth)) {
        if (field.offset + field.shape.size > type.size) {
          const where = `bytes ${field.offset} to ${field.offset + field.shape.size} of a ${type.kind} of ${type.size}`
          throw this.#error('BTF_NOT_A_VALUE', `has the member ${JSON.stringify(field.name)} at ${where}`)
        }
        fields.set(field.name, field)
      }
      if (fields.size > MAX_FIELDS) throw this.#error('BTF_TOO_DEEP', `has more than ${MAX_FIELDS} fields`)
    }
    return { kind: 'record', of: type.kind, size: type.size, fields: [...fields.values()] }
  }

  /** A member's field, or the fields of an anonymous struct or union; an unnamed bitfield is padding. */
  #member(member: BtfMember, depth: number): readonly FieldShape[] {
    const type = resolve(this.#btf, member.type)
    const offset = Math.floor(member.bitOffset / 8)
    const isComposite = type.kind === 'struct' || type.kind === 'union'
    if (member.name === '' && !isComposite) return []
    if (type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64') {
      const bitfield = this.#bitfield(member, type)
      if (bitfield !== undefined) return [bitfield]
    }
    if (member.bitOffset % 8 !== 0 || member.bitfieldSize !== 0) {
      const what = `${member.bitfieldSize} bits from bit ${member.bitOffset} on`
      throw this.#error(
        'BTF_NOT_A_VALUE',
        `has a ${type.kind} member ${JSON.stringify(member.name)} of ${what}`,
      )
    }
    const shape = this.#shapeOf(member.type, depth + 1)
    if (member.name !== '' || shape.kind !== 'record') return [{ name: member.name, offset, shape }]
    return shape.fields.map((field) => ({ ...field, offset: offset + field.offset }))
  }

  /** Bitfields say their size in the member, or (without kind_flag) in an int of its own that has fewer bits than bytes. */
  #bitfield(member: BtfMember, type: BtfInt | BtfEnum): FieldShape | undefined {
    const { name } = member
    if (type.kind === 'int') {
      const bits = member.bitfieldSize === 0 ? type.bits : member.bitfieldSize
      const whole = bits === type.size * 8 && (member.bitOffset + type.bitOffset) % 8 === 0
      return whole ? undefined : { name, ...this.#bits(type, member.bitOffset, bits) }
    }
    const bits = member.bitfieldSize === 0 ? type.size * 8 : member.bitfieldSize
    if (bits === type.size * 8 && member.bitOffset % 8 === 0) return undefined
    const encoding = type.signed ? 'signed' : 'unsigned'
    const { offset, shape } = this.#bits({ size: type.size, bitOffset: 0, encoding }, member.bitOffset, bits)
    return { name, offset, shape: enumShape(type, shape) }
  }

  #bits(
    type: { readonly size: number; readonly bitOffset: number; readonly encoding: BtfInt['encoding'] },
    memberOffset: number,
    bits: number,
  ): { offset: number; shape: BitsShape } {
    if (bits === 0 || bits > type.size * 8) {
      throw this.#error('BTF_NOT_A_VALUE', `contains ${bits} bits of an integer of ${type.size} bytes`)
    }
    const start = memberOffset + type.bitOffset
    const bit = start % 8
    const wide = type.size > 4 ? 'bigint' : 'number'
    const shape: BitsShape = {
      kind: 'bits',
      size: Math.ceil((bit + bits) / 8),
      bit,
      bits,
      signed: type.encoding === 'signed',
      result: type.encoding === 'bool' ? 'boolean' : wide,
    }
    return { offset: (start - bit) / 8, shape }
  }

  #partsOf(shape: ValueShape): number {
    const known = this.#parts.get(shape)
    if (known !== undefined) return known
    let parts = 1
    if (shape.kind === 'array') parts += shape.length * this.#partsOf(shape.element)
    if (shape.kind === 'record') for (const field of shape.fields) parts += this.#partsOf(field.shape)
    this.#parts.set(shape, parts)
    return parts
  }

  #error(code: 'BTF_NOT_A_VALUE' | 'BTF_TOO_DEEP', why: string): BtfError {
    const message = `BTF of ${this.#btf.name}: there is no decoding values of type ${this.#id}: it ${why}.`
    return new BtfError(code, message, { object: this.#btf.name })
  }
}

type ValueType = BtfInt | BtfPtr | BtfFloat | BtfEnum | BtfArray | BtfComposite | BtfVar

function hasValues(type: ResolvedType): type is ValueType {
  if (type.kind === 'datasec') return false
  return 'size' in type || type.kind === 'ptr' || type.kind === 'array' || type.kind === 'var'
}

/** `char`, which is not `signed char` and not `unsigned char`, or what a compiler marks as a character. */
export function isChar(type: BtfInt): boolean {
  return type.size === 1 && type.bits === 8 && (type.name === 'char' || type.encoding === 'char')
}

const INTEGERS: ReadonlyMap<number, readonly [ScalarFormat, ScalarFormat]> = new Map([
  [1, ['u8', 'i8']],
  [2, ['u16', 'i16']],
  [4, ['u32', 'i32']],
  [8, ['u64', 'i64']],
  [16, ['u128', 'i128']],
])

function integer(size: number, signed: boolean): ScalarShape {
  const [unsignedFormat, signedFormat] = INTEGERS.get(size) ?? ['u8', 'i8']
  return { kind: 'scalar', size, format: signed ? signedFormat : unsignedFormat }
}

/** Names by value as the number decodes: numbers up to 4 bytes, bigints beyond. */
function enumShape(type: BtfEnum, number: ScalarShape | BitsShape): EnumShape {
  const narrow = type.size <= 4
  const bits = number.kind === 'bits' ? number.bits : type.size * 8
  const names = new Map<number | bigint, string>()
  const values = new Map<string, number | bigint>()
  for (const { name, value } of type.enumerators) {
    const wrapped = type.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
    const key = narrow ? Number(wrapped) : wrapped
    if (!names.has(key)) names.set(key, name)
    values.set(name, key)
  }
  return { kind: 'enum', size: number.size, number, names, values }
}

import type { RecordShape, ScalarFormat, ValueShape } from '../btf/value_shape.ts'

/** A member of a struct as a column of a table. */
export interface MemberColumn {
  readonly name: string
  /** The member's name in capitals. */
  readonly title: string
  /** Characters that most values need. */
  readonly width: number
  /** Numbers are to the right. */
  readonly align: 'left' | 'right'
  /** Addresses are in hexadecimal. */
  readonly base: 10 | 16
}

/** A column for each member of a struct, in its order; those of anonymous members among them. */
export function memberColumns({ fields }: RecordShape): readonly MemberColumn[] {
  return fields.map(({ name, shape }) => {
    const title = name.toUpperCase()
    const align = shape.kind === 'scalar' || shape.kind === 'bits' ? 'right' : 'left'
    const base = shape.kind === 'scalar' && shape.isAddress === true ? 16 : 10
    return { name, title, width: Math.max(title.length, widthOf(shape)), align, base }
  })
}

/** The widest text that is left room for; what is longer moves the rest of its line. */
const MAX_TEXT = 32

function widthOf(shape: ValueShape): number {
  switch (shape.kind) {
    case 'scalar':
      return shape.isAddress === true ? ADDRESS_WIDTH : scalarWidths[shape.format]
    case 'bits':
      return Math.min(Math.ceil(shape.bits * Math.LOG10E * Math.LN2), scalarWidths.u64)
    case 'enum':
      return Math.min(MAX_TEXT, Math.max(1, ...[...shape.values.keys()].map(({ length }) => length)))
    case 'text':
      return Math.min(MAX_TEXT, Math.max(1, shape.size - 1))
    case 'array':
      return Math.min(MAX_TEXT, 1 + Math.max(1, shape.length * (quotedWidth(shape.element) + 1)))
    case 'record':
      return Math.min(
        MAX_TEXT,
        1 + sum(shape.fields.map((field) => field.name.length + 4 + quotedWidth(field.shape))),
      )
  }
}

/** In JSON, where text has quotes. */
function quotedWidth(shape: ValueShape): number {
  return widthOf(shape) + (shape.kind === 'text' || shape.kind === 'enum' ? 2 : 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** 0xffff888100000000. */
const ADDRESS_WIDTH = 18

/** 64-bit numbers are times since boot, addresses and counts: 16 digits are 115 days in nanoseconds. */
const scalarWidths: Readonly<Record<ScalarFormat, number>> = {
  u8: 3,
  i8: 4,
  u16: 5,
  i16: 6,
  u32: 7,
  i32: 7,
  u64: 16,
  i64: 16,
  u128: 20,
  i128: 20,
  f32: 10,
  f64: 16,
  bool: 5,
}

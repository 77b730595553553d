import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { compileRecord } from './record_decoder.ts'
import { readBits, readScalar } from './scalar.ts'
import { readText } from './text.ts'
import type { BtfDecoder, BtfValue } from './value.ts'
import { valueShape, type ArrayShape, type EnumShape, type ValueShape } from './value_shape.ts'

export type { BtfDecoder } from './value.ts'

/**
 * A decoder for values of a type, as the table in value.ts has them. Make it once and use it for many values:
 * making the first one takes about a millisecond, and the engine needs some thousand values to get it to full speed.
 *
 * The decoder throws a BtfError (BTF_BAD_VALUE) where the view ends before the value does.
 *
 * @throws BtfError BTF_NOT_A_VALUE, BTF_TOO_DEEP, and what `btf.type` throws for the types involved
 */
export function createDecoder(btf: Btf, id: TypeId): BtfDecoder {
  const shape = valueShape(btf, id)
  const decode = compileShape(shape, { littleEndian: btf.endianness === 'little', known: new Map() })
  const { size } = shape
  return (view, offset) => {
    if (!(offset >= 0 && offset + size <= view.byteLength)) throw outside(btf, id, size, view, offset)
    return decode(view, offset)
  }
}

function outside(btf: Btf, id: TypeId, size: number, view: DataView, offset: number): BtfError {
  const what = `decoding type ${id} (${size} bytes) at offset ${offset}`
  const message = `BTF of ${btf.name}: ${what}: there are only ${view.byteLength} bytes.`
  return new BtfError('BTF_BAD_VALUE', message, { object: btf.name })
}

interface Compilation {
  readonly littleEndian: boolean
  /** By shape, which types may share: without it, nested sharing would take exponential time. */
  readonly known: Map<ValueShape, BtfDecoder>
}

/** A decoder that does not check bounds: one check for the whole value does. */
function compileShape(shape: ValueShape, compilation: Compilation): BtfDecoder {
  const known = compilation.known.get(shape)
  if (known !== undefined) return known
  const decoder = makeDecoder(shape, compilation)
  compilation.known.set(shape, decoder)
  return decoder
}

function makeDecoder(shape: ValueShape, compilation: Compilation): BtfDecoder {
  const { littleEndian } = compilation
  switch (shape.kind) {
    case 'scalar': {
      const { format } = shape
      return (view, offset) => readScalar(format, view, offset, littleEndian)
    }
    case 'bits':
      return (view, offset) => readBits(shape, view, offset, littleEndian)
    case 'enum':
      return (view, offset) => readEnum(shape, view, offset, littleEndian)
    case 'text': {
      const { size } = shape
      return (view, offset) => readText(view, offset, size)
    }
    case 'array':
      return makeArrayDecoder(shape, compilation)
    case 'record': {
      const decoders = shape.fields.map((field) => compileShape(field.shape, compilation))
      return compileRecord(shape, decoders, littleEndian)
    }
  }
}

function readEnum(shape: EnumShape, view: DataView, offset: number, littleEndian: boolean): BtfValue {
  const { number, names } = shape
  const value =
    number.kind === 'bits'
      ? readBits(number, view, offset, littleEndian)
      : readScalar(number.format, view, offset, littleEndian)
  return typeof value === 'boolean' ? value : (names.get(value) ?? value)
}

function makeArrayDecoder({ length, element }: ArrayShape, compilation: Compilation): BtfDecoder {
  const decode = compileShape(element, compilation)
  return (view, offset) => {
    const values: BtfValue[] = []
    for (let index = 0; index < length; index++) values.push(decode(view, offset + index * element.size))
    return values
  }
}

import { BtfError } from './btf_error.ts'
import { readText } from './text.ts'
import type { BtfDecoder, BtfValue } from './value.ts'
import type { RecordShape, ScalarFormat, ValueShape } from './value_shape.ts'

/**
 * Records come by the million, so a record's decoder is JavaScript source made for its type: one object literal, such as
 *
 *     return (view, offset) => ({
 *       "pid": view.getUint32(offset + 0, true),
 *       "comm": readText(view, offset + 4, 16),
 *     })
 *
 * The engine then knows the object's hidden class and reads each field with one load: with three u64, six u32 and a
 * char[16] in 64 bytes it took 77 ns, the loop over fields below 280 ns. A cache of short strings saved 30 of the 77; it
 * was not worth its state.
 *
 * Where the process forbids code from strings (`--disallow-code-generation-from-strings`), a loop over the fields gives the
 * same objects. Names of members get into the source only as JSON strings, and numbers only as the numbers they are.
 */
export function compileRecord(
  shape: RecordShape,
  decoders: readonly BtfDecoder[],
  littleEndian: boolean,
): BtfDecoder {
  const properties = shape.fields.map(({ name, offset, shape: field }, index) => {
    const value = expression(field, `offset + ${offset}`, index, littleEndian)
    return `${propertyKey(name)}: ${value}`
  })
  const source = `return (view, offset) => ({ ${properties.join(',\n')} })`
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- explained above
    const make: unknown = new Function('decoders', 'readText', source)
    if (!isMaker(make)) throw new BtfError('BTF_NOT_A_VALUE', 'the decoder that was generated is no function')
    return make(decoders, readText)
  } catch (error) {
    if (error instanceof EvalError) return interpretRecord(shape, decoders)
    throw error
  }
}

type Maker = (decoders: readonly BtfDecoder[], text: typeof readText) => BtfDecoder

function isMaker(value: unknown): value is Maker {
  return typeof value === 'function'
}

/** `"__proto__": x` in a literal would set the prototype; the computed form makes a property like any other. */
function propertyKey(name: string): string {
  const key = JSON.stringify(name)
  return name === '__proto__' ? `[${key}]` : key
}

function expression(shape: ValueShape, at: string, index: number, littleEndian: boolean): string {
  if (shape.kind === 'text') return `readText(view, ${at}, ${shape.size})`
  const inline = shape.kind === 'scalar' ? INLINE[shape.format] : undefined
  if (inline === undefined) return `decoders[${index}](view, ${at})`
  return inline.replace('AT', at).replace('LITTLE', String(littleEndian))
}

/** Scalars that DataView reads by itself. */
const INLINE: Readonly<Partial<Record<ScalarFormat, string>>> = {
  u8: 'view.getUint8(AT)',
  i8: 'view.getInt8(AT)',
  bool: 'view.getUint8(AT) !== 0',
  u16: 'view.getUint16(AT, LITTLE)',
  i16: 'view.getInt16(AT, LITTLE)',
  u32: 'view.getUint32(AT, LITTLE)',
  i32: 'view.getInt32(AT, LITTLE)',
  u64: 'view.getBigUint64(AT, LITTLE)',
  i64: 'view.getBigInt64(AT, LITTLE)',
  f32: 'view.getFloat32(AT, LITTLE)',
  f64: 'view.getFloat64(AT, LITTLE)',
}

/** The same without generated code. */
export function interpretRecord(shape: RecordShape, decoders: readonly BtfDecoder[]): BtfDecoder {
  const fields = decoders.flatMap((decode, index) => {
    const field = shape.fields[index]
    return field === undefined ? [] : [{ name: field.name, offset: field.offset, decode }]
  })
  return (view, offset) => {
    const record: Record<string, BtfValue> = {}
    for (const { name, offset: fieldOffset, decode } of fields) {
      const value = decode(view, offset + fieldOffset)
      if (name === '__proto__') defineProperty(record, name, value)
      else record[name] = value
    }
    return record
  }
}

function defineProperty(record: object, name: string, value: BtfValue): void {
  Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
}

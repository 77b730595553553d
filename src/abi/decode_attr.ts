import {
  fieldEnd,
  fieldSize,
  type AnyDecodedValue,
  type Field,
  type StructTable,
  type StructValues,
} from './attr_table.ts'

/**
 * Decodes the structure that `table` describes from `bytes`, which may be shorter: a field that is not wholly there reads
 * as zero, which is how kernel and user space treat structures of different ages. Of two fields at the same place both are
 * there, with the same bytes.
 */
export function decodeAttr<const Table extends StructTable>(
  table: Table,
  bytes: Uint8Array,
): StructValues<Table> {
  const values: Record<string, AnyDecodedValue> = {}
  for (const { field, value } of decodeFields(table, bytes)) values[field.name] = value
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- decoding foreign memory: the loop gave each field of the table its value
  return values as StructValues<Table>
}

export interface DecodedField {
  readonly field: Field
  readonly value: AnyDecodedValue
}

/** The same for code that walks any table: each field with its value, in the table's order. */
export function decodeFields(table: StructTable, bytes: Uint8Array): readonly DecodedField[] {
  const full = bytes.length >= longest(table) ? bytes : extended(bytes, longest(table))
  const view = new DataView(full.buffer, full.byteOffset, full.byteLength)
  return table.fields.map((field) => ({ field, value: readField(view, field) }))
}

function longest(table: StructTable): number {
  return Math.max(0, ...table.fields.map(fieldEnd))
}

function extended(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size)
  copy.set(bytes)
  return copy
}

function readField(view: DataView, field: Field): AnyDecodedValue {
  const { offset, type } = field
  switch (type) {
    case 'u16':
      return view.getUint16(offset, true)
    case 'u32':
      return view.getUint32(offset, true)
    case 'i32':
      return view.getInt32(offset, true)
    case 'u64':
    case 'ptr':
      return view.getBigUint64(offset, true)
    default: {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, fieldSize(type)).slice()
      return type.startsWith('char[') ? textUpToNul(bytes) : bytes
    }
  }
}

function textUpToNul(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0)
  return new TextDecoder().decode(nul === -1 ? bytes : bytes.subarray(0, nul))
}

/**
 * The structures that bpf(2) and perf_event_open(2) take are declared once, as tables of fields. Everything that has to
 * know a layout is driven by these tables: the encoder, the decoder, the dump of `explain`, the types of the values that
 * callers pass, and the size that the kernel is told.
 */

/** The kernel release that a field came with, e.g. `5.15`. */
export type KernelVersion = `${number}.${number}`

/**
 * How the kernel spells a field. `ptr` is a 64-bit address (`__aligned_u64`), which the encoder leaves open;
 * `char[n]` is text that ends at the first NUL; `u8[n]` is bytes.
 */
export type FieldType = 'u16' | 'u32' | 'i32' | 'u64' | 'ptr' | `char[${number}]` | `u8[${number}]`

export interface Field {
  readonly name: string
  /** Bytes from the start of the structure. */
  readonly offset: number
  readonly type: FieldType
  readonly since: KernelVersion
  /** The call makes no sense without this field, so the type of the values asks for it. */
  readonly required?: true
  /** The kernel stores into this field whatever size it was told, so the bytes always reach over it. */
  readonly written?: true
  /** Another field of the same table at the same offset: the two are members of a union in C, and only one is given. */
  readonly overlays?: string
}

export interface StructTable {
  /** The kernel's name, e.g. `bpf_prog_info`; for a part of `union bpf_attr` the command's, e.g. `BPF_MAP_CREATE`. */
  readonly name: string
  /** Ascending by offset. */
  readonly fields: readonly Field[]
  /** The bytes reach this far in any case. Default 0. */
  readonly minimumSize?: number
}

/** The part of `union bpf_attr` that one command takes. */
export interface AttrTable extends StructTable {
  /** `enum bpf_cmd`. */
  readonly command: number
}

type FieldsOf<Table extends StructTable> = Table['fields'][number]
type RequiredFieldsOf<Table extends StructTable> = Extract<FieldsOf<Table>, { readonly required: true }>

type ValueToEncode<Type extends FieldType> = Type extends 'u16' | 'u32' | 'i32'
  ? number
  : Type extends 'u64'
    ? number | bigint
    : Type extends 'ptr' | `u8[${number}]`
      ? Uint8Array
      : string

type DecodedValue<Type extends FieldType> = Type extends 'u16' | 'u32' | 'i32'
  ? number
  : Type extends 'u64' | 'ptr'
    ? bigint
    : Type extends `u8[${number}]`
      ? Uint8Array
      : string

/**
 * What an encoder of `Table` takes: by field name a number for 16 and 32 bits, a number or a bigint for 64, the bytes
 * that a pointer is to point at, text for `char[n]`. A field that is left out is zero.
 */
export type AttrValues<Table extends StructTable> = {
  readonly [F in RequiredFieldsOf<Table> as F['name']]: ValueToEncode<F['type']>
} & {
  readonly [F in Exclude<FieldsOf<Table>, RequiredFieldsOf<Table>> as F['name']]?:
    ValueToEncode<F['type']> | undefined
}

/** What a decoder of `Table` gives: by field name a number, a bigint for 64 bits and addresses, text, or a copy of bytes. */
export type StructValues<Table extends StructTable> = {
  readonly [F in FieldsOf<Table> as F['name']]: DecodedValue<F['type']>
}

/** A value of any field, for code that walks a table without knowing which. */
export type AnyValueToEncode = number | bigint | string | Uint8Array
export type AnyDecodedValue = number | bigint | string | Uint8Array

/** How many bytes a field of this type takes. */
export function fieldSize(type: FieldType): number {
  switch (type) {
    case 'u16':
      return 2
    case 'u32':
    case 'i32':
      return 4
    case 'u64':
    case 'ptr':
      return 8
    default:
      return Number(type.slice(type.indexOf('[') + 1, -1))
  }
}

/** Bytes from the start of the structure to the end of `field`. */
export function fieldEnd(field: Field): number {
  return field.offset + fieldSize(field.type)
}

/** Bytes from the start of the structure to the end of its last field. */
export function structSize(table: StructTable): number {
  return table.fields.reduce((end, field) => Math.max(end, fieldEnd(field)), table.minimumSize ?? 0)
}

import { type TypeId, typeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { BtfKind } from '../btf/types.ts'
import { type TypeRecords, typeRecords, wordPlaces } from '../btf/type_words.ts'
import { LinkerError } from './linker_error.ts'

/** The types of one object, checked: every id is that of a type, every string is there. */
export interface InputTypes extends TypeRecords {
  readonly btf: Btf
  /** How many; the last one's id. */
  readonly count: number
  /** The name, one character for each byte. */
  nameOf(id: TypeId): string
}

/** Names in BTF are kept as bytes, those in ELF are text. */
export const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

/** Bytes. The kernel takes names of up to 511 (KSYM_NAME_LEN); a longer one may be a mangled one, which it does not take. */
const MAX_NAME = 0x1_0000

/**
 * @throws BtfError BTF_UNKNOWN_KIND, BTF_BAD_STRING; LinkerError LINK_BAD_TYPES for a reference to no type, or a name that is no name
 */
export function readInputTypes(btf: Btf): InputTypes {
  const records = typeRecords(btf)
  for (let id = 1; id <= btf.typeCount; id++) check(btf, records, typeId(id))
  return {
    ...records,
    btf,
    count: btf.typeCount,
    nameOf: (id) => records.string(records.record(id)[0] ?? 0),
  }
}

function check(btf: Btf, records: TypeRecords, id: TypeId): void {
  const record = records.record(id)
  const { strings, types } = wordPlaces(record)
  for (const place of strings) {
    const { length } = records.string(record[place] ?? 0)
    if (length > MAX_NAME)
      throw badType(btf, id, `has a name of ${length} bytes; names have up to ${MAX_NAME}`)
  }
  for (const place of types) {
    const target = record[place] ?? 0
    if (target > btf.typeCount) {
      throw badType(btf, id, `refers to type ${target}, and the last one is ${btf.typeCount}`)
    }
  }
}

function badType(btf: Btf, id: TypeId, found: string): LinkerError {
  const kind: BtfKind = btf.kind(id)
  const message = `${btf.name}: cannot link its types: type ${id} (${kind}) ${found}; build the object again`
  return new LinkerError('LINK_BAD_TYPES', message, { object: btf.name, section: '.BTF' })
}

import type { Endianness } from '../base/reader.ts'
import { ByteWriter } from '../base/byte_writer.ts'
import { StringTableWriter } from '../base/string_table_writer.ts'
import { typeId, type TypeId } from '../base/units.ts'
import { BTF_MAGIC, BTF_VERSION, HEADER_SIZE, kindNumber } from './format.ts'
import type { BtfKind } from './types.ts'

/** A type's record, word by word. */
export type TypeWords = ArrayLike<number> & Iterable<number>

/**
 * Types in the making, each as the words that BTF writes it in (see type_words.ts). String offsets are those of `strings`,
 * where equal strings have equal offsets; ids count from 1.
 */
export class TypeList {
  readonly strings: StringTableWriter
  readonly #records: TypeWords[] = []

  /** @param strings that the types' names are in; default none yet */
  constructor(strings = new StringTableWriter()) {
    this.strings = strings
  }

  /** How many types; the last one's id. */
  get count(): number {
    return this.#records.length
  }

  add(record: TypeWords): TypeId {
    return typeId(this.#records.push(record))
  }

  /** The words of a type; none for void and for ids that there are not. */
  record(id: number): TypeWords {
    return this.#records[id - 1] ?? []
  }

  /** The BTF: header, types, strings. */
  bytes(endianness: Endianness): Uint8Array {
    const typesLength = this.#records.reduce((sum, { length }) => sum + length * 4, 0)
    const out = new ByteWriter(endianness).u16(BTF_MAGIC).u8(BTF_VERSION).u8(0).u32(HEADER_SIZE)
    out.u32(0).u32(typesLength).u32(typesLength).u32(this.strings.length)
    for (const record of this.#records) {
      for (const word of record) out.u32(word)
    }
    return out.raw(this.strings.bytes()).bytes()
  }
}

/** The second word of a type: kind and number of elements (or a func's linkage); the flag bit is clear. */
export function infoWord(kind: BtfKind, vlen: number): number {
  return (kindNumber(kind) << 24) | vlen
}

import { typeId, type TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import type { RawType } from './encoder.ts'
import {
  BTF_MAGIC,
  BTF_VERSION,
  HEADER_SIZE,
  HEADER_SIZE_WITH_LAYOUT,
  kindOf,
  TYPE_WORDS,
  vlenOf,
} from './format.ts'
import { readHeader } from './header.ts'

/**
 * Changes BTF word by word. A type keeps its id and its length, so that everything that refers to it by id (other types,
 * func_info, maps) stays right; what is added comes behind all there is. The Btf that it starts from is not changed.
 */
export class BtfEditor {
  readonly #btf: Btf
  readonly #types: DataView
  readonly #strings: Uint8Array
  readonly #layout: Uint8Array
  readonly #littleEndian: boolean
  readonly #addedTypes: number[] = []
  readonly #addedStrings = new Map<string, number>()
  #stringsEnd: number
  #nextId: number
  #keepsLayout = true

  /** Takes types from the base of split BTF by their ids, but can change and add only its own. */
  constructor(btf: Btf) {
    const { types, strings, layout } = readHeader(btf.bytes, btf.name)
    const copy = types.slice()
    this.#btf = btf
    this.#types = new DataView(copy.buffer, copy.byteOffset, copy.length)
    this.#strings = strings
    this.#layout = layout
    this.#littleEndian = btf.endianness === 'little'
    this.#stringsEnd = btf.stringsEnd
    this.#nextId = btf.firstId + btf.typeCount
  }

  /**
   * Word `index` of the type: 0 is `name_off`, 1 `info`, 2 `size` or `type`, then what its kind has.
   *
   * @throws BtfError BTF_NO_SUCH_TYPE
   */
  word(id: TypeId, index: number): number {
    return this.#types.getUint32(this.#at(id, index), this.#littleEndian)
  }

  /** @throws BtfError BTF_NO_SUCH_TYPE */
  setWord(id: TypeId, index: number, value: number): void {
    this.#types.setUint32(this.#at(id, index), value, this.#littleEndian)
  }

  /** `BTF_KIND_*` of the type as it is now. */
  kindNumber(id: TypeId): number {
    return kindOf(this.word(id, 1))
  }

  /** How many elements the type has as it is now. */
  vlen(id: TypeId): number {
    return vlenOf(this.word(id, 1))
  }

  /** The offset of a string, which is added behind the others; the strings that are there are not searched. */
  string(text: string): number {
    if (text === '') return 0
    const known = this.#addedStrings.get(text)
    if (known !== undefined) return known
    const offset = this.#stringsEnd
    this.#addedStrings.set(text, offset)
    this.#stringsEnd += new TextEncoder().encode(text).length + 1
    return offset
  }

  /** Adds a type behind the others. */
  addType({ nameOffset, info, sizeOrType, words = [] }: RawType): TypeId {
    this.#addedTypes.push(nameOffset, info, sizeOrType, ...words)
    return typeId(this.#nextId++)
  }

  /** Leaves out the layout section, which kernels before Linux 7.1 refuse. */
  dropLayout(): void {
    this.#keepsLayout = false
  }

  /** The BTF as it is now: header, types, layout, strings. */
  finish(): Uint8Array {
    const layout = this.#keepsLayout ? this.#layout : new Uint8Array()
    const headerSize = layout.length > 0 ? HEADER_SIZE_WITH_LAYOUT : HEADER_SIZE
    const ownTypes = this.#types.byteLength
    const typesLength = ownTypes + this.#addedTypes.length * 4
    const stringsStart = typesLength + layout.length
    const added = new TextEncoder().encode([...this.#addedStrings.keys()].map((text) => `${text}\0`).join(''))
    const stringsLength = this.#strings.length + added.length
    const bytes = new Uint8Array(headerSize + stringsStart + stringsLength)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, BTF_MAGIC, this.#littleEndian)
    view.setUint8(2, BTF_VERSION)
    const header = [headerSize, 0, typesLength, stringsStart, stringsLength]
    if (layout.length > 0) header.push(typesLength, layout.length)
    this.#putWords(view, 4, header)
    bytes.set(new Uint8Array(this.#types.buffer, this.#types.byteOffset, ownTypes), headerSize)
    this.#putWords(view, headerSize + ownTypes, this.#addedTypes)
    bytes.set(layout, headerSize + typesLength)
    bytes.set(this.#strings, headerSize + stringsStart)
    bytes.set(added, headerSize + stringsStart + this.#strings.length)
    return bytes
  }

  #putWords(view: DataView, start: number, words: readonly number[]): void {
    words.forEach((word, index) => {
      view.setUint32(start + index * 4, word, this.#littleEndian)
    })
  }

  #at(id: TypeId, index: number): number {
    if (id < this.#btf.firstId) {
      const message = `BTF of ${this.#btf.name}: type ${id} is the base's and cannot be changed here.`
      throw new BtfError('BTF_NO_SUCH_TYPE', message, { object: this.#btf.name })
    }
    const at = this.#btf.offsetOf(id) - this.#btf.typesStart + index * 4
    if (at + 4 <= this.#types.byteLength && index >= 0) return at
    const message = `BTF of ${this.#btf.name}: type ${id} has no word ${index}.`
    throw new BtfError('BTF_NO_SUCH_TYPE', message, { object: this.#btf.name })
  }
}

/** `info` of a type without kind_flag. */
export function infoOf(kind: number, vlen = 0): number {
  return (kind << 24) | vlen
}

/** The words of `struct btf_type`, before those of its kind. */
export const FIRST_KIND_WORD = TYPE_WORDS

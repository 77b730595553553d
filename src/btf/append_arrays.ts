import type { TypeId } from '../base/units.ts'
import { HEADER_SIZE_WITH_LAYOUT, kindNumber } from './format.ts'
import { readHeader } from './header.ts'

/** What an array type is made of: `struct btf_array` of include/uapi/linux/btf.h. */
export interface ArraySpec {
  readonly element: TypeId
  /** The type of its index, which nothing reads. */
  readonly index: TypeId
  readonly length: number
}

/** Words of an array: `struct btf_type`, which says its kind alone, and `struct btf_array`. */
const ARRAY_WORDS = 6

/**
 * Adds array types behind the last type. The first gets the id after the last type's, and so on; all other ids, and all
 * offsets of strings, are as they were, so that what refers to the BTF (`.BTF.ext`, maps) goes on to be right.
 *
 * @param bytes A whole `.BTF` section; it stays as it is.
 * @param name What errors call it.
 * @throws BtfError what `readHeader` throws
 */
export function appendArrays(bytes: Uint8Array, name: string, arrays: readonly ArraySpec[]): Uint8Array {
  const { types, strings, layout, endianness } = readHeader(bytes, name)
  const littleEndian = endianness === 'little'
  const headerSize = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, littleEndian)
  // The header is kept at its length, with whatever a newer format has in it; the sections follow it one by one.
  const typesLength = types.length + arrays.length * ARRAY_WORDS * 4
  const grown = new Uint8Array(headerSize + typesLength + strings.length + layout.length)
  grown.set(bytes.subarray(0, headerSize))
  grown.set(types, headerSize)
  grown.set(strings, headerSize + typesLength)
  grown.set(layout, headerSize + typesLength + strings.length)

  const view = new DataView(grown.buffer)
  const words = [0, typesLength, typesLength, strings.length]
  if (headerSize >= HEADER_SIZE_WITH_LAYOUT) words.push(typesLength + strings.length)
  writeWords(view, 8, words, littleEndian)
  arrays.forEach(({ element, index, length }, nth) => {
    const at = headerSize + types.length + nth * ARRAY_WORDS * 4
    writeWords(view, at, [0, kindNumber('array') << 24, 0, element, index, length], littleEndian)
  })
  return grown
}

function writeWords(view: DataView, at: number, words: readonly number[], littleEndian: boolean): void {
  words.forEach((word, index) => {
    view.setUint32(at + index * 4, word, littleEndian)
  })
}

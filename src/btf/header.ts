import { Reader, type Endianness } from '../base/reader.ts'
import { BtfError } from './btf_error.ts'
import { BTF_MAGIC, BTF_VERSION, HEADER_SIZE, HEADER_SIZE_WITH_LAYOUT, LAYOUT_ENTRY_SIZE } from './format.ts'

/** The sections of a BTF, as views of its bytes, with where they start. */
export interface BtfSections {
  readonly endianness: Endianness
  /** Bytes from the start of the BTF to the type section. A multiple of 4 past the header. */
  readonly typesStart: number
  readonly types: Uint8Array
  readonly stringsStart: number
  readonly strings: Uint8Array
  /** One `struct btf_layout` per kind; empty where the BTF has none. */
  readonly layout: Uint8Array
}

/**
 * Reads `struct btf_header` (include/uapi/linux/btf.h, Linux 6.18; layout section: 7.1) and cuts out the sections. A
 * header longer than we know is accepted, as libbpf does: offsets count from its end.
 *
 * @throws BtfError BTF_BAD_HEADER, BTF_TRUNCATED
 */
export function readHeader(bytes: Uint8Array, object: string): BtfSections {
  const endianness = readMagic(bytes, object)
  const reader = new Reader(bytes, {
    endianness,
    fail: ({ offset, message }) =>
      new BtfError('BTF_TRUNCATED', `BTF of ${object}: reading the header: ${message}`, { object, offset }),
  })
  reader.skip(2, 'the magic')
  const version = reader.u8()
  if (version !== BTF_VERSION)
    throw badHeader(object, 2, `version ${version}, only ${BTF_VERSION} is defined`)
  reader.skip(1, 'the flags')
  const headerSize = reader.u32()
  if (headerSize < HEADER_SIZE || headerSize > bytes.length) {
    throw badHeader(object, 4, `header of ${headerSize} bytes, in ${bytes.length} bytes of BTF`)
  }
  const cut = (what: string, offset: number, length: number): Uint8Array => {
    const start = headerSize + offset
    if (start + length <= bytes.length) return bytes.subarray(start, start + length)
    throw badHeader(
      object,
      reader.position - 8,
      `${what} section ${start}..${start + length} ends after the BTF's ${bytes.length} bytes`,
    )
  }
  const typesOffset = reader.u32()
  const types = cut('type', typesOffset, reader.u32())
  if (typesOffset % 4 !== 0 || types.length % 4 !== 0) {
    throw badHeader(
      object,
      8,
      `type section at ${typesOffset} of ${types.length} bytes, which are no multiples of 4`,
    )
  }
  const stringsOffset = reader.u32()
  const strings = cut('string', stringsOffset, reader.u32())
  const hasLayout = headerSize >= HEADER_SIZE_WITH_LAYOUT
  const layout = hasLayout ? cut('layout', reader.u32(), reader.u32()) : new Uint8Array()
  if (layout.length % LAYOUT_ENTRY_SIZE !== 0) {
    throw badHeader(
      object,
      HEADER_SIZE,
      `layout section of ${layout.length} bytes, no multiple of ${LAYOUT_ENTRY_SIZE}`,
    )
  }
  return {
    endianness,
    typesStart: headerSize + typesOffset,
    types,
    stringsStart: headerSize + stringsOffset,
    strings,
    layout,
  }
}

function readMagic(bytes: Uint8Array, object: string): Endianness {
  const [first, second] = bytes
  if (first === undefined || second === undefined) {
    throw new BtfError('BTF_TRUNCATED', `BTF of ${object}: ${bytes.length} bytes, no room for a header`, {
      object,
      offset: 0,
    })
  }
  if (((second << 8) | first) === BTF_MAGIC) return 'little'
  if (((first << 8) | second) === BTF_MAGIC) return 'big'
  const found = [first, second].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  throw badHeader(object, 0, `magic ${found}; BTF starts with 9f eb, or eb 9f on big-endian machines`)
}

function badHeader(object: string, offset: number, found: string): BtfError {
  return new BtfError('BTF_BAD_HEADER', `BTF of ${object}: the header has a ${found}.`, { object, offset })
}

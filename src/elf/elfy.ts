/**
 * The only file that imports elfy. elfy 1.0 decodes the file header and the section headers; this module
 * calls the two methods that do so and none of the rest, because its `parse()`
 *   - asserts where the string table of the section names is no string table, and fails on a file without
 *     sections,
 *   - looks for the end of every name through the whole table, which takes hours on a hostile file,
 *   - takes e_shnum and e_shstrndx for the true numbers where extended numbering puts them elsewhere.
 *
 * What elfy decodes wrongly is not in its types (elfy_module.d.ts) and is read by header.ts and sections.ts:
 * `e_type` and `e_machine` come back as names, and undefined for EM_BPF; `sh_type` as a name; `sh_flags` loses
 * its upper half; `sh_addralign` and `sh_entsize` of 64-bit files are read two bytes early; the data of
 * SHT_NOBITS is a slice of other bytes.
 *
 * elfy checks no bounds. Callers must have checked that the header and the table lie within the file.
 */
import elfy, { type ElfyHeader, type ElfySection } from 'elfy'

export type { ElfyHeader, ElfySection }

/** `file` begins with a whole ELF header whose class and data encoding are valid. */
export function elfyHeader(file: Uint8Array): ElfyHeader {
  return new elfy.Parser().parseHeader(asBuffer(file))
}

/**
 * `count` section headers from `header.shoff` on, which must lie within `file`. Elements are in table order.
 */
export function elfySections(file: Uint8Array, header: ElfyHeader, count: number): readonly ElfySection[] {
  const parser = new elfy.Parser()
  const buffer = asBuffer(file)
  // A Parser learns the byte order from the header that it has parsed last.
  parser.parseHeader(buffer)
  return parser.parseSections(buffer, { ...header, shnum: count })
}

/** The same memory; elfy calls the read methods that only a Buffer has. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

import { byteOffset, type ByteOffset } from '../base/units.ts'
import { PN_XNUM } from './constants.ts'
import type { ElfSection } from './elf_file.ts'
import { readerOf, readWord, reject, STRUCT_SIZE, type ElfSource } from './source.ts'

/** A program header: a part of the file that is mapped, or that something is said of. */
export interface ElfSegment {
  /** `p_type`, e.g. PT_LOAD = 1. */
  readonly type: number
  /** `p_flags`: PF_X = 1, PF_W = 2, PF_R = 4. */
  readonly flags: number
  /** Where it starts in the file. */
  readonly offset: ByteOffset
  /** `p_vaddr`: where it is mapped; in a file of type ET_DYN from wherever the file is mapped on. */
  readonly address: bigint
  /** Bytes in the file. They need not be there: the file of debugging information has the headers alone. */
  readonly fileSize: number
  /** Bytes in memory. */
  readonly memorySize: bigint
}

/** Where the ELF header has what it says of the program headers, by class: `e_phoff`, `e_phentsize`, `e_phnum`. */
const HEADER_FIELDS = {
  32: { offset: 28, entrySize: 42, count: 44 },
  64: { offset: 32, entrySize: 54, count: 56 },
} as const

/**
 * Reads the program headers (gabi 4.3, "Program Header"), of which an object file has none.
 *
 * @param sections Of the same file: the first one has the number of program headers where there are many.
 * @throws ElfError ELF_BAD_SIZE, ELF_TRUNCATED, ELF_TOO_LARGE
 */
export function parseSegments(source: ElfSource, sections: readonly ElfSection[]): readonly ElfSegment[] {
  const fields = HEADER_FIELDS[source.class]
  const reader = readerOf(source, { what: 'the program headers', offset: 0, bytes: source.bytes })
  const start = Number(readWord(reader.seek(fields.offset), source.class))
  const entrySize = reader.seek(fields.entrySize).u16()
  const written = reader.seek(fields.count).u16()
  const count = written === PN_XNUM ? (sections[0]?.info ?? 0) : written
  if (count === 0) return []
  const size = STRUCT_SIZE[source.class].phdr
  if (entrySize !== size) {
    const found = `e_phentsize is ${entrySize}, but an ELF${source.class} program header has ${size} bytes`
    reject(source, 'ELF_BAD_SIZE', found, { offset: fields.entrySize })
  }
  reader.seek(start).skip(count * size, `a table of ${count} program headers`)
  return Array.from({ length: count }, (_, index) => readSegment(source, start + index * size))
}

function readSegment(source: ElfSource, start: number): ElfSegment {
  const reader = readerOf(source, { what: 'a program header', offset: 0, bytes: source.bytes }).seek(start)
  const word = (): bigint => readWord(reader, source.class)
  const type = reader.u32()
  // The 32-bit structure has the flags further back.
  const early = source.class === 64 ? reader.u32() : undefined
  const offset = Number(word())
  const address = word()
  // The physical address.
  word()
  const fileSize = Number(word())
  const memorySize = word()
  const flags = early ?? reader.u32()
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(fileSize)) {
    const found = `a segment has ${fileSize} bytes from offset ${offset} on: more than 2^53`
    reject(source, 'ELF_TOO_LARGE', found, { offset: start })
  }
  return { type, flags, offset: byteOffset(offset), address, fileSize, memorySize }
}

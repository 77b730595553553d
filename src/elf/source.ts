import { Reader, type Endianness } from '../base/reader.ts'
import { ElfError, type ElfErrorCode } from './elf_error.ts'

export type ElfClass = 32 | 64

/** The file that is being parsed, with what every later step needs to know of its header. */
export interface ElfSource {
  readonly name: string
  readonly bytes: Uint8Array
  readonly class: ElfClass
  readonly endianness: Endianness
}

/** Bytes of each structure, by class: `sizeof(Elf32_Ehdr)` and so on (gabi 4.3). */
export const STRUCT_SIZE = {
  32: { ehdr: 52, phdr: 32, shdr: 40, sym: 16, rel: 8, rela: 12 },
  64: { ehdr: 64, phdr: 56, shdr: 64, sym: 24, rel: 16, rela: 24 },
} as const

/** A part of the file: `what` names it in errors, e.g. "the section header table". */
export interface FilePart {
  readonly what: string
  readonly section?: string
  /** Bytes from the start of the file. */
  readonly offset: number
  readonly bytes: Uint8Array
}

/** A Reader over `part` whose errors are ELF_TRUNCATED and count offsets from the start of the file. */
export function readerOf(source: Pick<ElfSource, 'name' | 'endianness'>, part: FilePart): Reader {
  return new Reader(part.bytes, {
    endianness: source.endianness,
    origin: part.offset,
    fail: (problem) =>
      new ElfError('ELF_TRUNCATED', `cannot read ${part.what}: ${problem.message}`, {
        object: source.name,
        section: part.section,
        offset: problem.offset,
      }),
  })
}

/** An Elf32_Addr, Elf32_Off or Elf32_Word, or their 64-bit counterpart. */
export function readWord(reader: Reader, elfClass: ElfClass): bigint {
  return elfClass === 64 ? reader.u64() : BigInt(reader.u32())
}

/** Where in the file something is wrong. `offset` is counted from the start of the file. */
export interface Place {
  readonly section?: string | undefined
  readonly offset: number
}

/** Throws an ElfError about `source`. */
export function reject(
  source: { readonly name: string },
  code: ElfErrorCode,
  message: string,
  place: Place,
): never {
  throw new ElfError(code, message, { object: source.name, section: place.section, offset: place.offset })
}

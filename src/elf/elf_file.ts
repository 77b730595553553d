import type { Endianness } from '../base/reader.ts'
import type { ByteOffset, SectionIndex, SymbolIndex } from '../base/units.ts'

/** A parsed ELF file: plain values and views of the bytes that were parsed, bounds already checked. */
export interface ElfFile {
  /** The file name that errors use. */
  readonly name: string
  readonly endianness: Endianness
  readonly class: 32 | 64
  /** `e_type`, e.g. ET_REL = 1. */
  readonly type: number
  /** `e_machine`, e.g. EM_BPF = 247. */
  readonly machine: number
  /** `e_flags`. */
  readonly flags: number
  /** By section index; entry 0 is the null section. Empty where the file has no section header table. */
  readonly sections: readonly ElfSection[]
  /** By symbol index, from SHT_SYMTAB; entry 0 is the null symbol. Empty where the file is stripped. */
  readonly symbols: readonly ElfSymbol[]
  /**
   * One entry per SHT_REL and SHT_RELA section of a relocatable file, in file order. Empty in files that are
   * not ET_REL.
   */
  readonly relocations: readonly ElfRelocationSection[]
}

export interface ElfSection {
  readonly index: SectionIndex
  readonly name: string
  /** `sh_type`, e.g. SHT_PROGBITS = 1, SHT_NOBITS = 8. */
  readonly type: number
  /** `sh_flags`; a bigint, because 64-bit files have 64 bits. */
  readonly flags: bigint
  readonly address: bigint
  /** Where the data starts, from the start of the file. */
  readonly offset: ByteOffset
  /** Bytes in memory. Equal to `data.length` unless the section is SHT_NOBITS, which has no data. */
  readonly size: number
  readonly link: number
  readonly info: number
  readonly alignment: number
  readonly entrySize: number
  /** A view of the file's bytes; empty for SHT_NOBITS and SHT_NULL. */
  readonly data: Uint8Array
}

export interface ElfSymbol {
  readonly index: SymbolIndex
  readonly name: string
  /** `st_value`: in relocatable files an offset into the section. */
  readonly value: bigint
  readonly size: number
  /** STT_NOTYPE 0, OBJECT 1, FUNC 2, SECTION 3, FILE 4, GNU_IFUNC 10; other numbers are kept. */
  readonly type: number
  /** STB_LOCAL 0, GLOBAL 1, WEAK 2. */
  readonly binding: number
  /** STV_DEFAULT 0, INTERNAL 1, HIDDEN 2, PROTECTED 3. */
  readonly visibility: number
  readonly definedIn: SymbolPlace
}

/**
 * Where a symbol is defined: `st_shndx` with its reserved values told apart (SHN_XINDEX already looked up).
 * 'reserved' is what a processor or system defines for itself, from SHN_LORESERVE on; BPF defines none.
 */
export type SymbolPlace =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'section'; readonly section: SectionIndex }
  | { readonly kind: 'absolute' }
  | { readonly kind: 'common' }
  | { readonly kind: 'reserved'; readonly index: number }

export interface ElfRelocationSection {
  readonly index: SectionIndex
  readonly name: string
  /** The section whose bytes the relocations change (`sh_info`). */
  readonly target: SectionIndex
  readonly entries: readonly ElfRelocation[]
}

export interface ElfRelocation {
  /** `r_offset`: from the start of the target section. */
  readonly offset: ByteOffset
  readonly symbol: SymbolIndex
  /** e.g. R_BPF_64_64 = 1, R_BPF_64_ABS64 = 2, R_BPF_64_ABS32 = 3, R_BPF_64_NODYLD32 = 4, R_BPF_64_32 = 10. */
  readonly type: number
  /** Only in SHT_RELA sections; SHT_REL keeps the addend in the bytes that are relocated. */
  readonly addend: bigint | undefined
}

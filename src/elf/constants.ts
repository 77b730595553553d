/**
 * The numbers of the ELF format that rawbpf names. From the System V ABI, chapters "Object Files" (gabi 4.3),
 * as include/uapi/linux/elf.h of Linux 6.18 spells them; EM_BPF and its relocation types from
 * include/uapi/linux/elf-em.h and Documentation/bpf/llvm_reloc.rst.
 */

/** `e_ident[EI_CLASS]`. */
export const ELFCLASS32 = 1
export const ELFCLASS64 = 2

/** `e_ident[EI_DATA]`: two's complement, little- and big-endian. */
export const ELFDATA2LSB = 1
export const ELFDATA2MSB = 2

/** `e_ident[EI_VERSION]` and `e_version`: the only version there is. */
export const EV_CURRENT = 1

/** `e_type`. */
export const ET_REL = 1
export const ET_EXEC = 2
export const ET_DYN = 3

/** `e_machine`. */
export const EM_X86_64 = 62
export const EM_AARCH64 = 183
export const EM_BPF = 247

/** `e_phnum` where the number does not fit into 16 bits and is in `sh_info` of section header 0. */
export const PN_XNUM = 0xffff

/** `p_type`. */
export const PT_LOAD = 1
export const PT_NOTE = 4

/** `p_flags`. */
export const PF_X = 1
export const PF_W = 2
export const PF_R = 4

/** `sh_type`. */
export const SHT_NULL = 0
export const SHT_PROGBITS = 1
export const SHT_SYMTAB = 2
export const SHT_STRTAB = 3
export const SHT_RELA = 4
export const SHT_NOTE = 7
export const SHT_NOBITS = 8
export const SHT_REL = 9
export const SHT_DYNSYM = 11
export const SHT_SYMTAB_SHNDX = 18
/** `.llvm_addrsig`, which clang 14 writes: the symbols whose addresses matter. In the range of operating systems. */
export const SHT_LLVM_ADDRSIG = 0x6fff4c03

/** Versions of symbols: the tables of the GNU tools (Linux Standard Base Core 5.0, "Symbol Versioning"). */
export const SHT_GNU_VERDEF = 0x6ffffffd
export const SHT_GNU_VERNEED = 0x6ffffffe
export const SHT_GNU_VERSYM = 0x6fffffff

/** `sh_flags`. */
export const SHF_WRITE = 0x1n
export const SHF_ALLOC = 0x2n
export const SHF_EXECINSTR = 0x4n

/** Section indices that name no section; all from SHN_LORESERVE on are reserved. */
export const SHN_UNDEF = 0
export const SHN_LORESERVE = 0xff00
export const SHN_ABS = 0xfff1
export const SHN_COMMON = 0xfff2
/** The index does not fit into 16 bits and is elsewhere: in section header 0 or in SHT_SYMTAB_SHNDX. */
export const SHN_XINDEX = 0xffff

/** The low half of `st_info`. */
export const STT_NOTYPE = 0
export const STT_OBJECT = 1
export const STT_FUNC = 2
export const STT_SECTION = 3
export const STT_FILE = 4
/** The symbol's value is a function that chooses the function when the program starts. */
export const STT_GNU_IFUNC = 10

/** The high half of `st_info`. */
export const STB_LOCAL = 0
export const STB_GLOBAL = 1
export const STB_WEAK = 2

/** The low two bits of `st_other`. */
export const STV_DEFAULT = 0
export const STV_INTERNAL = 1
export const STV_HIDDEN = 2
export const STV_PROTECTED = 3

/** `r_type` for EM_BPF. */
export const R_BPF_NONE = 0
/** Of an `ldimm64`. */
export const R_BPF_64_64 = 1
/** Of a 64-bit word of data. */
export const R_BPF_64_ABS64 = 2
/** Of a 32-bit word of data. */
export const R_BPF_64_ABS32 = 3
/** Of a 32-bit word in `.BTF` and `.BTF.ext`, which linkers leave alone. */
export const R_BPF_64_NODYLD32 = 4
/** Of a `call`. */
export const R_BPF_64_32 = 10

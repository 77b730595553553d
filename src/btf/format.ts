import type { BtfKind } from './types.ts'

/**
 * BTF's numbers: Documentation/bpf/btf.rst and include/uapi/linux/btf.h. Linux 6.18 has 16 bits of vlen and 5 of kind in
 * a type's `info`, with the bits above both kept 0; Linux 7.1 made them 24 and 7 and added the layout section. Reading
 * with the wider masks is right for both.
 */

export const BTF_MAGIC = 0xeb9f
export const BTF_VERSION = 1
/** Bytes of `struct btf_header` up to `str_len`, which every kernel knows. */
export const HEADER_SIZE = 24
/** Bytes of `struct btf_header` with `layout_off` and `layout_len`, Linux 7.1. */
export const HEADER_SIZE_WITH_LAYOUT = 32
/** Words (of 32 bits) of `struct btf_type`, with which every type starts: name_off, info, size or type. */
export const TYPE_WORDS = 3
/** Bytes of `struct btf_layout`: u8 info_sz, u8 elem_sz, u16 flags. */
export const LAYOUT_ENTRY_SIZE = 4

export const VLEN_MASK = 0xffffff
/** `btf_struct` with kind_flag: bits of a member's offset word that are the offset; the 8 above are the bitfield's size. */
export const MEMBER_OFFSET_MASK = 0xffffff

/** How many types a reference may pass through, as `MAX_RESOLVE_DEPTH` of tools/lib/bpf/btf.c and the kernel have it. */
export const MAX_RESOLVE_DEPTH = 32

export const kindOf = (info: number): number => (info >>> 24) & 0x7f
export const vlenOf = (info: number): number => info & VLEN_MASK
/** The top bit: bitfield members (struct, union), signed (enum, enum64), union (fwd). */
export const kindFlagOf = (info: number): boolean => info >>> 31 === 1

interface KindFormat {
  readonly name: BtfKind
  /** Words after `struct btf_type`. */
  readonly fixedWords: number
  /** Words for each of vlen. */
  readonly elementWords: number
}

/** By `BTF_KIND_*` number. 0 (BTF_KIND_UNKN) is `void`, which is never written down. */
export const KINDS: readonly KindFormat[] = [
  { name: 'void', fixedWords: 0, elementWords: 0 },
  { name: 'int', fixedWords: 1, elementWords: 0 },
  { name: 'ptr', fixedWords: 0, elementWords: 0 },
  { name: 'array', fixedWords: 3, elementWords: 0 },
  { name: 'struct', fixedWords: 0, elementWords: 3 },
  { name: 'union', fixedWords: 0, elementWords: 3 },
  { name: 'enum', fixedWords: 0, elementWords: 2 },
  { name: 'fwd', fixedWords: 0, elementWords: 0 },
  { name: 'typedef', fixedWords: 0, elementWords: 0 },
  { name: 'volatile', fixedWords: 0, elementWords: 0 },
  { name: 'const', fixedWords: 0, elementWords: 0 },
  { name: 'restrict', fixedWords: 0, elementWords: 0 },
  { name: 'func', fixedWords: 0, elementWords: 0 },
  { name: 'func_proto', fixedWords: 0, elementWords: 2 },
  { name: 'var', fixedWords: 1, elementWords: 0 },
  { name: 'datasec', fixedWords: 0, elementWords: 3 },
  { name: 'float', fixedWords: 0, elementWords: 0 },
  { name: 'decl_tag', fixedWords: 1, elementWords: 0 },
  { name: 'type_tag', fixedWords: 0, elementWords: 0 },
  { name: 'enum64', fixedWords: 0, elementWords: 3 },
]

/** `BTF_KIND_*` of a kind's name. */
export const kindNumber = (kind: BtfKind): number => KINDS.findIndex(({ name }) => name === kind)

/** `BTF_INT_ENCODING`: none or one of SIGNED 1, CHAR 2, BOOL 4; the kernel refuses the others. */
export const INT_ENCODINGS = { unsigned: 0, signed: 1, char: 2, bool: 4 } as const

/** `BTF_FUNC_*` and `BTF_VAR_*` linkage, which agree. */
export const LINKAGES = ['static', 'global', 'extern'] as const

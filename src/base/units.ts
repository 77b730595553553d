/**
 * Units with types of their own, so that an instruction index cannot be passed where a byte offset is meant. A brand
 * exists at compile time only; each constructor below is the one place that makes its unit from a bare number.
 */

declare const unit: unique symbol
type Unit<Name extends string> = number & { readonly [unit]: Name }

/** A count of bytes from the start of a file, a section or a record; the parameter's name says which. */
export type ByteOffset = Unit<'ByteOffset'>
/** A count of bits from the start of a struct, as BTF members give it. */
export type BitOffset = Unit<'BitOffset'>
/** An index of 8-byte instruction slots from the start of a program or section; `ldimm64` takes two slots. */
export type InsnIndex = Unit<'InsnIndex'>
/** A BTF type id. 0 is `void`. In split BTF, ids go on from where the base BTF's end. */
export type TypeId = Unit<'TypeId'>
/** An index into the ELF section header table. */
export type SectionIndex = Unit<'SectionIndex'>
/** An index into the ELF symbol table. */
export type SymbolIndex = Unit<'SymbolIndex'>
/** A file descriptor of this process. */
export type Fd = Unit<'Fd'>

/* eslint-disable @typescript-eslint/consistent-type-assertions -- the brands' constructors */
export const byteOffset = (bytes: number): ByteOffset => bytes as ByteOffset
export const bitOffset = (bits: number): BitOffset => bits as BitOffset
export const insnIndex = (slots: number): InsnIndex => slots as InsnIndex
export const typeId = (id: number): TypeId => id as TypeId
export const sectionIndex = (index: number): SectionIndex => index as SectionIndex
export const symbolIndex = (index: number): SymbolIndex => index as SymbolIndex
export const fdNumber = (fd: number): Fd => fd as Fd
/* eslint-enable @typescript-eslint/consistent-type-assertions */

/** The type id of `void`, which no BTF spells out. */
export const VOID: TypeId = typeId(0)

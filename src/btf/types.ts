import type { BitOffset, ByteOffset, TypeId } from '../base/units.ts'

/**
 * One BTF type as a readonly value, as Documentation/bpf/btf.rst and include/uapi/linux/btf.h of Linux 6.18 define the
 * kinds. Names are '' where BTF has none.
 */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfPtr
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfFwd
  | BtfTypedef
  | BtfModifier
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag
  | BtfTypeTag

export type BtfKind = BtfType['kind']

/** The types that may have this kind: `BtfTypeOf<'struct'>` is BtfComposite. */
export type BtfTypeOf<Kind extends BtfKind> = AnyWithKind<BtfType, Kind>

type AnyWithKind<Type extends BtfType, Kind extends BtfKind> = Type extends BtfType
  ? Kind extends Type['kind']
    ? Type
    : never
  : never

/** Type id 0. */
export interface BtfVoid {
  readonly kind: 'void'
  readonly id: TypeId
  readonly name: ''
}

export interface BtfInt {
  readonly kind: 'int'
  readonly id: TypeId
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly encoding: 'unsigned' | 'signed' | 'char' | 'bool'
  /** Bits from the start of the int's bytes to its value; 0 in everything that today's compilers make. */
  readonly bitOffset: BitOffset
  /** How many bits of the bytes are the value. */
  readonly bits: number
}

export interface BtfPtr {
  readonly kind: 'ptr'
  readonly id: TypeId
  readonly name: ''
  readonly target: TypeId
}

export interface BtfArray {
  readonly kind: 'array'
  readonly id: TypeId
  readonly name: ''
  readonly element: TypeId
  readonly index: TypeId
  readonly length: number
}

export interface BtfComposite {
  readonly kind: 'struct' | 'union'
  readonly id: TypeId
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly members: readonly BtfMember[]
}

export interface BtfMember {
  /** '' for an anonymous struct or union. */
  readonly name: string
  readonly type: TypeId
  readonly bitOffset: BitOffset
  /** Bits, 0 where the member is no bitfield. */
  readonly bitfieldSize: number
}

export interface BtfEnum {
  /** `enum` has 32-bit enumerators, `enum64` 64-bit ones. */
  readonly kind: 'enum' | 'enum64'
  readonly id: TypeId
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly signed: boolean
  readonly enumerators: readonly BtfEnumerator[]
}

export interface BtfEnumerator {
  readonly name: string
  readonly value: bigint
}

export interface BtfFwd {
  readonly kind: 'fwd'
  readonly id: TypeId
  readonly name: string
  readonly of: 'struct' | 'union'
}

export interface BtfTypedef {
  readonly kind: 'typedef'
  readonly id: TypeId
  readonly name: string
  readonly target: TypeId
}

export interface BtfModifier {
  readonly kind: 'const' | 'volatile' | 'restrict'
  readonly id: TypeId
  readonly name: ''
  readonly target: TypeId
}

export interface BtfFunc {
  readonly kind: 'func'
  readonly id: TypeId
  readonly name: string
  readonly proto: TypeId
  readonly linkage: 'static' | 'global' | 'extern'
}

export interface BtfFuncProto {
  readonly kind: 'func_proto'
  readonly id: TypeId
  readonly name: ''
  readonly returnType: TypeId
  /** A last parameter of type 0 with no name stands for `...`. */
  readonly params: readonly BtfParam[]
}

export interface BtfParam {
  readonly name: string
  readonly type: TypeId
}

export interface BtfVar {
  readonly kind: 'var'
  readonly id: TypeId
  readonly name: string
  readonly type: TypeId
  readonly linkage: 'static' | 'global' | 'extern'
}

export interface BtfDatasec {
  readonly kind: 'datasec'
  readonly id: TypeId
  /** The ELF section's name. */
  readonly name: string
  /** Bytes; clang leaves 0 for the loader to fill in. */
  readonly size: number
  readonly variables: readonly BtfDatasecVariable[]
}

export interface BtfDatasecVariable {
  /** A `var`, or a `func` in `.ksyms`. */
  readonly type: TypeId
  readonly offset: ByteOffset
  readonly size: number
}

export interface BtfFloat {
  readonly kind: 'float'
  readonly id: TypeId
  readonly name: string
  /** Bytes. */
  readonly size: number
}

export interface BtfDeclTag {
  readonly kind: 'decl_tag'
  readonly id: TypeId
  /** The tag's text. */
  readonly name: string
  readonly target: TypeId
  /** Which member or parameter is tagged; -1 for the declaration itself. */
  readonly componentIndex: number
}

export interface BtfTypeTag {
  readonly kind: 'type_tag'
  readonly id: TypeId
  /** The tag's text. */
  readonly name: string
  readonly target: TypeId
}

import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type LinkerErrorCode =
  /** Nothing to link. */
  | 'LINK_NO_INPUT'
  /** A file that is no relocatable 64-bit object for the BPF machine. */
  | 'LINK_NOT_BPF'
  /** A big-endian object among little-endian ones, or the other way round. */
  | 'LINK_ENDIANNESS'
  /** A section of a type, size or alignment that cannot be linked. */
  | 'LINK_BAD_SECTION'
  /** Two objects have sections of one name that are no continuation of each other. */
  | 'LINK_SECTION_MISMATCH'
  /** The `license` or `version` sections differ. */
  | 'LINK_LICENSE_MISMATCH'
  /** A symbol that makes no sense, or lies where it cannot. */
  | 'LINK_BAD_SYMBOL'
  /** Two objects define the same global symbol, and neither is weak. */
  | 'LINK_DUPLICATE_SYMBOL'
  /** Two objects declare a global variable or function with different types. */
  | 'LINK_TYPE_MISMATCH'
  /** Two objects define a variable with different sizes, and types do not tell. */
  | 'LINK_SIZE_MISMATCH'
  /** Two objects define a map with different attributes. */
  | 'LINK_MAP_MISMATCH'
  /** A relocation of a kind, or in a place, that cannot be linked. */
  | 'LINK_BAD_RELOCATION'
  /** `.BTF` or `.BTF.ext` refers to what the object does not have. */
  | 'LINK_BAD_TYPES'
  /** The result would be larger than BPF objects can be. */
  | 'LINK_TOO_LARGE'

export interface LinkerErrorOptions extends BpfErrorOptions {
  /** The global symbol. */
  readonly symbol?: string | undefined
  /** The object that `object` does not agree with. */
  readonly otherObject?: string | undefined
}

/** Objects cannot be linked into one. `object` is the one that was added when it was found. */
export class LinkerError extends BpfError {
  declare readonly code: LinkerErrorCode
  readonly symbol: string | undefined
  readonly otherObject: string | undefined

  constructor(code: LinkerErrorCode, message: string, options: LinkerErrorOptions = {}) {
    super(code, message, options)
    this.symbol = options.symbol
    this.otherObject = options.otherObject
  }
}

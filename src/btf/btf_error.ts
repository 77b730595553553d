import { BpfError } from '../base/errors.ts'

/** What is wrong with BTF, or with a question asked of it. */
export type BtfErrorCode =
  /** The bytes end before what the header or a type promises. */
  | 'BTF_TRUNCATED'
  /** The header's magic, version, lengths or offsets do not make sense. */
  | 'BTF_BAD_HEADER'
  /** A type's kind is none that this version of rawbpf knows, or cannot be located past. */
  | 'BTF_UNKNOWN_KIND'
  /** A type's own fields do not make sense. */
  | 'BTF_BAD_TYPE'
  /** A string offset lies outside of the string section, or its string has no end. */
  | 'BTF_BAD_STRING'
  /** No type has this id. */
  | 'BTF_NO_SUCH_TYPE'
  /** Types refer to each other in a circle where that makes no sense, or nest deeper than the limit. */
  | 'BTF_TOO_DEEP'
  /** What was asked for would be longer than any compiler's types make it. */
  | 'BTF_TOO_LARGE'
  /** Split BTF refers to types that the base which it is put on does not have, or that are not one there. */
  | 'BTF_BASE_MISMATCH'
  /** Neither BTF nor an ELF file with BTF in it. */
  | 'BTF_NOT_FOUND'
  /** The type has no size, or one beyond what the kernel accepts. */
  | 'BTF_NO_SIZE'
  /** Values of this type cannot be decoded or encoded. */
  | 'BTF_NOT_A_VALUE'
  /** A value does not fit its type. */
  | 'BTF_BAD_VALUE'
  /** `.BTF.ext` does not make sense. */
  | 'BTF_BAD_EXT'
  /** Types were handed to the builder that BTF cannot express. */
  | 'BTF_CANNOT_ENCODE'

/** Where in which BTF. */
export interface BtfErrorPlace {
  /** The name given to `Btf.parse`. */
  readonly object?: string | undefined
  /** `.BTF` or `.BTF.ext`. Default `.BTF`. */
  readonly section?: string | undefined
  /** Bytes from the start of the section. */
  readonly offset?: number | undefined
  readonly cause?: unknown
}

/** BTF or `.BTF.ext` that cannot be used, or a value that does not fit its BTF type. */
export class BtfError extends BpfError {
  declare readonly code: BtfErrorCode

  constructor(code: BtfErrorCode, message: string, place: BtfErrorPlace = {}) {
    super(code, message, { section: '.BTF', ...place })
  }
}

import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type RelocationErrorCode =
  /** A symbol that the object does not define, and that is no extern either. */
  | 'RELOCATION_UNDEFINED_SYMBOL'
  /** A relocation that does not fit the instruction or the symbol it names. */
  | 'RELOCATION_BAD_TARGET'
  /** A relocation of a kind that this version does not apply. */
  | 'RELOCATION_UNSUPPORTED'
  /** A strong extern that the kernel does not have, or that could not be looked up; `cause` says why not. */
  | 'RELOCATION_EXTERN_NOT_FOUND'
  /** An extern is declared as something else than the kernel has, or than an extern can be. */
  | 'RELOCATION_BAD_EXTERN'
  /** Something that has to be known of the kernel for an extern was not given. */
  | 'RELOCATION_NO_KERNEL_FACTS'
  /** CO-RE relocations, and no BTF of the target to resolve them against. */
  | 'RELOCATION_NO_TARGET_BTF'
  /** A CO-RE relocation failed; `cause` is the CoreError or BtfError. */
  | 'RELOCATION_CORE_FAILED'
  /** The program has func_info or line_info, and a function that it calls has none. */
  | 'RELOCATION_MISSING_INFO'
  /** A part of `.BTF.ext` cannot be read, and may tell something of the function that must be known. */
  | 'RELOCATION_BAD_INFO'
  /** A program with the functions that it calls, or all of them together, are larger than the kernel or memory allows. */
  | 'RELOCATION_TOO_LARGE'
  /** The kernel has no table of function pointers that is like a struct_ops map of the object. */
  | 'RELOCATION_BAD_STRUCT_OPS'
  /** `autoload` is on for a program whose section name says nothing. */
  | 'RELOCATION_UNKNOWN_PROGRAM_TYPE'
  /** The object's definition of a program or of a function that it needs makes no sense, e.g. where it ends. */
  | 'RELOCATION_BAD_FUNCTION'
  /** A function that programs need cannot be relocated; `cause` is why. */
  | 'RELOCATION_FUNCTION_FAILED'

/** A program could not be made ready for the kernel. */
export class RelocationError extends BpfError {
  declare readonly code: RelocationErrorCode

  constructor(code: RelocationErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

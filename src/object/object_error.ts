import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type ObjectErrorCode =
  /** An ELF file, but no relocatable object for the BPF machine. */
  | 'OBJECT_NOT_BPF'
  /** A section's contents do not have the form that its name promises. */
  | 'OBJECT_BAD_SECTION'
  /** A symbol does not name what its section holds. */
  | 'OBJECT_BAD_SYMBOL'
  /** There is code, and nothing says where functions begin: the file was stripped. */
  | 'OBJECT_NO_SYMBOLS'
  /** A definition in `.maps` that cannot be understood. It is the map's `problem`, and thrown to nobody. */
  | 'OBJECT_BAD_MAP'
  /** The object needs something that this version does not do. */
  | 'OBJECT_UNSUPPORTED'
  /** No global variable, map, program or type of that name. */
  | 'OBJECT_UNKNOWN_NAME'
  /** Several static variables have that name. */
  | 'OBJECT_AMBIGUOUS_NAME'
  /** A value that a global variable or a map attribute cannot hold. */
  | 'OBJECT_BAD_VALUE'

/** The object file is no BPF object, or an edit of its spec makes no sense. */
export class ObjectError extends BpfError {
  constructor(code: ObjectErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

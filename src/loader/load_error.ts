import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type LoadErrorCode =
  /** The kernel does not take the object's BTF; the message has the end of its log. */
  | 'LOAD_BTF_REFUSED'
  /** The kernel does not create a map, or does not take what it is to hold. */
  | 'LOAD_MAP_REFUSED'
  /** The kernel does not take a program, and not because of what the program does. */
  | 'LOAD_PROGRAM_REFUSED'
  /** The object is for the other byte order. */
  | 'LOAD_WRONG_ENDIANNESS'

/** The kernel refused to make something of the object. `cause` is the SyscallError. */
export class LoadError extends BpfError {
  constructor(code: LoadErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

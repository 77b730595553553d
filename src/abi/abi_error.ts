import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

/** A value that does not fit into the structure that the kernel takes. */
export class AbiError extends BpfError {
  declare readonly code: AbiErrorCode

  constructor(code: AbiErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

export type AbiErrorCode =
  /** A number beyond the field's range, or not an integer. */
  | 'ABI_VALUE_OUT_OF_RANGE'
  /** Text or bytes longer than the field, text with a NUL inside. */
  | 'ABI_VALUE_TOO_LONG'
  /** A value of another type than the field's. */
  | 'ABI_WRONG_VALUE'
  /** A name that the table does not have. */
  | 'ABI_UNKNOWN_FIELD'
  /** Two members of one union. */
  | 'ABI_OVERLAPPING_FIELDS'
  /** Lengths in a message of the kernel's that do not fit. */
  | 'ABI_BAD_MESSAGE'

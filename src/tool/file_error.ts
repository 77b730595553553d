import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type FileErrorCode =
  /** The result could not be written; what was there before is as it was. */
  | 'FILE_NOT_WRITTEN'
  /** A file is named as result and as input. */
  | 'FILE_SAME'

/** A file that a command was to write; `object` is its path. */
export class FileError extends BpfError {
  declare readonly code: FileErrorCode

  constructor(code: FileErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type ExecutableErrorCode =
  /** Neither a program nor a shared library, so nothing of it is ever run. */
  | 'EXECUTABLE_WRONG_TYPE'
  /** No symbol table has a function of that name, or that matches the pattern. */
  | 'EXECUTABLE_NO_FUNCTION'
  /** Several functions have the name. */
  | 'EXECUTABLE_AMBIGUOUS_FUNCTION'
  /** The function is not among the symbols that are left. */
  | 'EXECUTABLE_STRIPPED'
  /** What is to be probed is not where code is mapped from. */
  | 'EXECUTABLE_NOT_CODE'
  /** The file has no USDT probe of that name. */
  | 'EXECUTABLE_NO_USDT'
  /** A USDT note is malformed, or says what a BPF program cannot follow. */
  | 'EXECUTABLE_BAD_USDT'
  /** No zip archive, or not with this member. */
  | 'EXECUTABLE_BAD_ARCHIVE'

/** A program, a library or an archive does not have what was looked for in it. */
export class ExecutableError extends BpfError {
  declare readonly code: ExecutableErrorCode

  constructor(
    code: ExecutableErrorCode,
    message: string,
    options: BpfErrorOptions & { readonly object: string },
  ) {
    super(code, `${options.object}: ${message}`, options)
  }
}

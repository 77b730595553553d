import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type RunErrorCode =
  /** A program was refused without which the others may run. */
  | 'RUN_NOT_LOADED'
  /** Nothing of the object was attached, so that nothing would ever happen. */
  | 'RUN_NOTHING_ATTACHED'
  /** A record has fewer bytes than the type that it was to be decoded as. */
  | 'RUN_RECORD_TOO_SHORT'
  /** A file that is named as JSON and is no package of eunomia-bpf. */
  | 'RUN_BAD_PACKAGE'
  /** There is no compiler. */
  | 'BUILD_NO_CLANG'
  /** The compiler refused the source. */
  | 'BUILD_FAILED'

/** An object that cannot be run, or a source that cannot be built. */
export class RunError extends BpfError {
  declare readonly code: RunErrorCode

  constructor(code: RunErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

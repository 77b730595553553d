import { BpfError } from '../base/errors.ts'

export type ProbesErrorCode =
  /** Probes in user space are asked for, and the pattern does not say of which program or library. */
  | 'PROBES_NO_EXECUTABLE'
  /** A tracepoint's `format` of tracefs is not what it should be. */
  | 'PROBES_BAD_FORMAT'
  /** Nothing matches the pattern. */
  | 'PROBES_NO_MATCH'

/** What could be attached to cannot be listed. */
export class ProbesError extends BpfError {
  declare readonly code: ProbesErrorCode

  constructor(code: ProbesErrorCode, message: string) {
    super(code, message)
  }
}

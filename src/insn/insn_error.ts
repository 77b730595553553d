import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

/** INSN_OUT_OF_BOUNDS: no such slot. INSN_BAD_FIELD: a value that its field cannot hold. */
export type InsnErrorCode = 'INSN_OUT_OF_BOUNDS' | 'INSN_BAD_FIELD'

/** An instruction that cannot be read or written. `offset` is counted from the start of the instructions. */
export class InsnError extends BpfError {
  constructor(code: InsnErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

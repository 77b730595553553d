import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type CoreErrorCode =
  /** `.BTF.ext` describes an access that the object's own BTF does not bear out. */
  | 'CORE_BAD_RELOCATION'
  /** A relocation kind that is newer than this library. */
  | 'CORE_UNSUPPORTED_KIND'
  /** Several types of the target match and would give different values. */
  | 'CORE_AMBIGUOUS'
  /** The target was not found, in BTF that has a kind of types that is not known here and hides what is behind it. */
  | 'CORE_TARGET_UNKNOWN'
  /** The instruction is not one that a relocation of this kind may change, or does not hold the value it should. */
  | 'CORE_BAD_INSTRUCTION'
  /** The target's value does not fit into the instruction. */
  | 'CORE_OUT_OF_RANGE'

/** A CO-RE relocation that could not be calculated or applied. What the target lacks is no error: see `poison`. */
export class CoreError extends BpfError {
  constructor(code: CoreErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}

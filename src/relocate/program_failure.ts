import type { BpfError } from '../base/errors.ts'

/** A program that cannot be loaded, and why. Programs that fail for one reason share the error. */
export interface ProgramFailure {
  readonly program: string
  readonly error: BpfError
}

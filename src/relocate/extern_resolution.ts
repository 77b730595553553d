import type { BpfError } from '../base/errors.ts'
import type { TypeId } from '../base/units.ts'
import type { ExternSpec } from '../object/extern_spec.ts'
import type { RelocationErrorCode } from './relocation_error.ts'

/** What an extern stands for in one kernel. */
export type ExternResolution =
  /** Of `.kconfig`: the variable's value. */
  | {
      readonly kind: 'value'
      /** Where it was found. */
      readonly source: string
      /** As it was found, e.g. `y` or `"(none)"`. */
      readonly text: string
      readonly bytes: Uint8Array
    }
  /** Of `.ksyms`, without a type. */
  | { readonly kind: 'address'; readonly address: bigint }
  /** A function or variable that the kernel's BTF describes. */
  | {
      readonly kind: 'kernel type'
      readonly id: TypeId
      /** The module whose BTF it is in; undefined for the kernel itself. */
      readonly module: string | undefined
      /** Where in `fd_array` the module's BTF goes, for calls; 0 stands for the kernel's, and for none. */
      readonly fdIndex: number
    }
  /** A weak one that the kernel does not have: null, or 0. */
  | { readonly kind: 'missing' }

/** What became of an extern. One that failed fails the functions that refer to it. */
export type ExternOutcome = ExternResolution | ExternFailure

export interface ExternFailure {
  readonly kind: 'failed'
  readonly code: RelocationErrorCode
  /** What the extern is, what was found, what to do: a sentence that begins with its name. */
  readonly why: string
  readonly cause: BpfError | undefined
}

export type ExternOutcomes = ReadonlyMap<ExternSpec, ExternOutcome>

export function failed(code: RelocationErrorCode, why: string, cause?: BpfError): ExternFailure {
  return { kind: 'failed', code, why, cause }
}

/** @param found That it is not there, where it was searched, and what else to do than to declare it weak. */
export function notFound({ name, weak }: ExternSpec, found: string, cause?: BpfError): ExternOutcome {
  if (weak) return { kind: 'missing' }
  return failed('RELOCATION_EXTERN_NOT_FOUND', `extern ${name} ${found}`, cause)
}

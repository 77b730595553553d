import type { InsnIndex } from '../base/units.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { FunctionReference } from './calls.ts'
import type {
  AppliedCoreRelocation,
  AppliedExtern,
  InfoRecords,
  MapReference,
  JumpTableReference,
} from './relocated_object.ts'

/**
 * A function that is relocated but for its place: instruction indexes count from its own start, and its references to
 * functions are open. It serves every program that needs a copy.
 */
export interface RelocatedFunction {
  readonly spec: FunctionSpec
  /** A copy, with CO-RE relocations and externs applied. */
  readonly insns: Uint8Array
  readonly references: readonly FunctionReference[]
  readonly mapReferences: readonly MapReference[]
  readonly externs: readonly AppliedExtern[]
  readonly jumpTables: readonly JumpTableReference[]
  readonly coreRelocations: readonly AppliedCoreRelocation[]
  readonly funcInfo: InfoRecords | undefined
  readonly lineInfo: InfoRecords | undefined
}

/** A function and where in the program it starts. */
export interface PlacedFunction {
  readonly fn: RelocatedFunction
  readonly start: InsnIndex
}

import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'

/** A type of one BTF. Typedefs and modifiers are part of it: `pid_t` and `int` are two types. */
export interface TypeReference {
  readonly btf: Btf
  readonly id: TypeId
}

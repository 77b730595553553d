import type { TypeId } from '../base/units.ts'

/** What a struct_ops map has beyond what other maps have. */
export interface StructOpsAttributes {
  /** The variable's struct, in the object's BTF. */
  readonly type: TypeId
  /** The names of the programs that function pointers point to, by the indices of the struct's members. */
  readonly functions: ReadonlyMap<number, string>
  /** The programs that the variable's initializer names, whether `functions` has them still or not. */
  readonly initial: ReadonlySet<string>
}

/** The same, editable before a load. */
export class StructOpsSpec implements StructOpsAttributes {
  readonly type: TypeId
  readonly functions: Map<number, string>
  readonly initial: ReadonlySet<string>

  constructor(type: TypeId, functions: ReadonlyMap<number, string>) {
    this.type = type
    this.functions = new Map(functions)
    this.initial = new Set(functions.values())
  }

  /** As it is now; later edits do not reach it. */
  snapshot(): StructOpsAttributes {
    return { type: this.type, functions: new Map(this.functions), initial: this.initial }
  }
}

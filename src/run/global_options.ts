import { BpfError } from '../base/errors.ts'
import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType } from '../btf/describe_type.ts'
import { MAX_RESOLVE_DEPTH } from '../btf/format.ts'
import type { BtfValue } from '../btf/value.ts'
import { valueShape, type ValueShape } from '../btf/value_shape.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { nameVariables } from '../object/variable_names.ts'

/** A global variable that can be given a value before the load. */
export interface SettableGlobal {
  /** As `ObjectSpec.globals` calls it. */
  readonly name: string
  /** Its type as C has it, without qualifiers: `unsigned long long`. */
  readonly type: string
  readonly shape: ValueShape
  /** What it is unless somebody sets it. */
  readonly initial: BtfValue
  /** Whether it is `const volatile`, as what user space configures is declared. */
  readonly isParameter: boolean
}

/** The variables of an object that can be set by value; those that BTF does not describe so are left out. */
export function settableGlobals(spec: ObjectSpec): readonly SettableGlobal[] {
  const { btf } = spec
  if (btf === undefined) return []
  const found: SettableGlobal[] = []
  for (const [name, { type, sectionName }] of nameVariables(spec.variables).shortest) {
    const global = describe(btf, spec, name, type)
    if (global === undefined) continue
    const isReadOnly = sectionName === '.rodata' || sectionName.startsWith('.rodata.')
    found.push({ ...global, isParameter: isReadOnly && isVolatile(btf, type) })
  }
  return found
}

function describe(
  btf: Btf,
  { globals }: ObjectSpec,
  name: string,
  type: TypeId,
): Omit<SettableGlobal, 'isParameter'> | undefined {
  try {
    const initial = globals[name]
    if (initial === undefined) return undefined
    return { name, type: unqualified(describeType(btf, type)), shape: valueShape(btf, type), initial }
  } catch (error) {
    if (error instanceof BpfError) return undefined
    throw error
  }
}

function unqualified(type: string): string {
  return type.replace(/^(?:(?:const|volatile) )+/, '')
}

/** Qualifiers of an array are its elements'. Strings that the compiler puts beside the variables are const alone. */
function isVolatile(btf: Btf, id: TypeId): boolean {
  let type = btf.type(id)
  for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
    if (type.kind === 'volatile') return true
    if (type.kind === 'array') type = btf.type(type.element)
    else if (type.kind === 'const' || type.kind === 'typedef') type = btf.type(type.target)
    else return false
  }
  return false
}

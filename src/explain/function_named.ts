import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'

/** The function of an object that a step speaks of: static functions of several sections may have one name. */
export function functionNamed(spec: ObjectSpec, name: string, section: string): FunctionSpec | undefined {
  return spec.functions.find((each) => each.name === name && each.sectionName === section)
}

import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { relocateObject, type RelocateOptions } from '../../src/relocate/relocate_object.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'

/** Relocates an object all programs of which have to come out well: throws why the first one does not. */
export function relocateAll(spec: ObjectSpec, options: RelocateOptions): RelocatedObject {
  const relocated = relocateObject(spec, options)
  for (const { error } of relocated.failures) throw error
  return relocated
}

import { ObjectError } from '../object/object_error.ts'
import type { ObjectSpec } from '../object/object_spec.ts'

/** The programs that may fail without failing the load: all, or those that are named. */
export type OptionalPrograms = 'all' | readonly string[]

/** @throws ObjectError 'OBJECT_UNKNOWN_NAME' for the name of a program that the object does not have */
export function requireProgramNames(spec: ObjectSpec, optional: OptionalPrograms): void {
  if (optional === 'all') return
  const unknown = optional.find((name) => !spec.programs.has(name))
  if (unknown === undefined) return
  const known = [...spec.programs.keys()].join(', ')
  throw new ObjectError(
    'OBJECT_UNKNOWN_NAME',
    `${spec.elf.name}: cannot make program ${unknown} optional: there is none of that name; there are ${known || 'none'}`,
    { object: spec.elf.name, program: unknown },
  )
}

import type { BpfError, BpfErrorOptions } from '../base/errors.ts'
import { listOfNames } from '../base/list_of_names.ts'
import { PermissionError } from '../kernel/capabilities.ts'
import { RelocationError } from '../relocate/relocation_error.ts'
import { LoadError } from './load_error.ts'

/**
 * What programs fail with for want of a map that they refer to: why the map is not there, and that they need it.
 *
 * @param why What the map failed with. Its class and code stay.
 */
export function missingMapError(why: BpfError, map: string, programs: readonly string[]): BpfError {
  const refer = programs.length === 1 ? 'refers' : 'refer'
  const message = `${why.message}; ${programs.length === 1 ? 'program' : 'programs'} ${listOfNames(programs)} ${refer} to it`
  const options: BpfErrorOptions = {
    object: why.object,
    map,
    program: programs.length === 1 ? programs[0] : undefined,
    cause: why.cause ?? why,
  }
  if (why instanceof PermissionError) return new PermissionError(message, why.missing, options)
  if (why instanceof RelocationError) return new RelocationError(why.code, message, options)
  return new LoadError(why instanceof LoadError ? why.code : 'LOAD_MAP_REFUSED', message, options)
}

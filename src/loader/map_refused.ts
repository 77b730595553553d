import { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import { explainSilentRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'

/**
 * What is to be thrown where the kernel did not do what was tried with a map; what is no answer of the kernel's stays.
 *
 * @throws PermissionError where a right is missing
 */
export function mapRefused(
  object: RelocatedObject,
  { name }: RelocatedMap,
  tried: string,
  error: unknown,
): unknown {
  if (!(error instanceof SyscallError)) return error
  explainSilentRefusal(error, `${tried} map ${name}`, object)
  return new LoadError(
    'LOAD_MAP_REFUSED',
    `${object.fileName}: cannot ${tried} map ${name}: ${error.message}`,
    { object: object.fileName, map: name, cause: error },
  )
}

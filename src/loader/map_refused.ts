import { mapTypeName } from '../abi/map_type_name.ts'
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
  map: RelocatedMap,
  tried: string,
  error: unknown,
): unknown {
  if (!(error instanceof SyscallError)) return error
  const { name } = map
  explainSilentRefusal(error, `${tried} map ${name}`, object)
  return new LoadError(
    'LOAD_MAP_REFUSED',
    `${object.fileName}: cannot ${tried} map ${name}: ${error.message}${tried === 'create' ? askedFor(map) : ''}`,
    { object: object.fileName, map: name, cause: error },
  )
}

/** The kernel has one errno for everything that may be wrong with a map's attributes, so they are shown. */
function askedFor({ type, keySize, valueSize, maxEntries, flags }: RelocatedMap): string {
  return (
    `; it was to be a ${mapTypeName(type)} with key_size ${keySize}, value_size ${valueSize}, max_entries ${maxEntries}, ` +
    `map_flags 0x${flags.toString(16)}`
  )
}

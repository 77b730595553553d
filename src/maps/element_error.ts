import type { bpf_cmd } from '../abi/generated/bpf.ts'
import type { BpfError } from '../base/errors.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { MapError, type MapErrorCode } from './map_error.ts'
import { type AnyMapKind, isIndexed, mapKindFacts, type MapOperation } from './map_kind.ts'

/** The map that an operation was tried on, as far as errors say it. */
export interface SubjectMap {
  readonly name: string
  readonly kind: AnyMapKind
  readonly maxEntries: number
  /** Whether user space may write it, asked only after a refusal. */
  readonly access: () => 'read and write' | 'frozen' | 'opened for reading only'
}

interface Verb {
  readonly command: keyof typeof bpf_cmd
  readonly tried: string
}

const verbs: Readonly<Record<MapOperation, Verb>> = {
  lookup: { command: 'BPF_MAP_LOOKUP_ELEM', tried: 'look up an entry of' },
  update: { command: 'BPF_MAP_UPDATE_ELEM', tried: 'update an entry of' },
  delete: { command: 'BPF_MAP_DELETE_ELEM', tried: 'delete an entry of' },
  take: { command: 'BPF_MAP_LOOKUP_AND_DELETE_ELEM', tried: 'look up and delete an entry of' },
  keys: { command: 'BPF_MAP_GET_NEXT_KEY', tried: 'list the keys of' },
}

/**
 * What the kernel's refusal of an operation means.
 *
 * @param errno Positive.
 * @param tried What was tried, where that is more than one entry.
 */
export function elementError(
  map: SubjectMap,
  operation: MapOperation,
  errno: number,
  { command, tried }: Verb = verbs[operation],
): BpfError {
  const cause = new SyscallError({ syscall: 'bpf', command, errno })
  const failed = (code: MapErrorCode, found: string): MapError =>
    new MapError(code, `cannot ${tried} map ${map.name}: ${found}`, { map: map.name, cause })
  switch (cause.errnoName) {
    case 'E2BIG':
      return isIndexed(map.kind)
        ? failed('MAP_NO_ENTRY', `its indices go from 0 to ${map.maxEntries - 1}`)
        : failed(
            'MAP_FULL',
            `it is full, with ${map.maxEntries} entries; delete some, or create it with more`,
          )
    case 'EEXIST':
      return failed(
        'MAP_ENTRY_EXISTS',
        'there is one for this key already; update it without the mode create',
      )
    case 'ENOENT':
      return failed('MAP_NO_ENTRY', 'there is none for this key')
    case 'ENOTSUPP':
    case 'EOPNOTSUPP':
      return failed('MAP_WRONG_TYPE', `this kernel does not do it for maps of kind ${map.kind}`)
    case 'EPERM':
      return notPermitted(map, cause, failed)
    default:
      return failed('MAP_REFUSED', cause.message)
  }
}

/** @throws MapError 'MAP_WRONG_TYPE' for what maps of this kind do not have. */
export function requireOperation(
  { name, kind }: Pick<SubjectMap, 'name' | 'kind'>,
  operation: MapOperation,
): void {
  if (kind === 'unknown') return
  const { operations, advice } = mapKindFacts(kind)
  if (operations.includes(operation)) return
  throw new MapError(
    'MAP_WRONG_TYPE',
    `cannot ${verbs[operation].tried} map ${name}, of kind ${kind}: there is no such thing` +
      (advice === undefined ? '' : `; ${advice}`),
    { map: name },
  )
}

/** The kernel answers EPERM to writers of a frozen map, and of one that is open for reading (`map_update_elem`, Linux 6.18). */
function notPermitted(
  map: SubjectMap,
  cause: SyscallError,
  failed: (code: MapErrorCode, found: string) => MapError,
): BpfError {
  const access = map.access()
  if (access !== 'read and write') return failed('MAP_READ_ONLY', `it is ${access}`)
  return permissionErrorFor(cause) ?? failed('MAP_REFUSED', cause.message)
}

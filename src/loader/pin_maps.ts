import { bpf_map_create_flags, bpf_map_type } from '../abi/generated/bpf.ts'
import { BPF_MAP_INFO } from '../abi/bpf_info.ts'
import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { getPinnedObject, infoByFd, pinObject } from '../kernel/bpf_calls.ts'
import { removePin, requireBpfFs } from '../kernel/bpffs.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import type { DescriptorStack } from './descriptor_stack.ts'
import { explainSilentRefusal } from './explain_refusal.ts'
import { LoadError, type LoadErrorCode } from './load_error.ts'
import type { KernelObjectStep } from './steps.ts'

/**
 * A map that is pinned has a name in the BPF file system and lives as long as that name does. Objects that define a map of
 * that name and the same attributes share it: the first one to be loaded creates and pins it, the others open it.
 */
interface PinLoad {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  readonly opened: DescriptorStack
  readonly observer: Observer<KernelObjectStep>
  readonly pinPath: string
}

/**
 * Where a map is pinned.
 *
 * @throws LoadError 'LOAD_PIN_FAILED' where there is no BPF file system there.
 */
export function pinPathOf({ object, pinPath }: PinLoad, map: RelocatedMap): string {
  const directory = pinPath.replace(/\/+$/, '')
  try {
    requireBpfFs(directory)
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    throw pinError('LOAD_PIN_FAILED', object, map, `cannot pin map ${map.name}: ${error.message}`, error)
  }
  return `${directory}/${map.name}`
}

/**
 * The map that is pinned at `path`, undefined where none is.
 *
 * @throws LoadError 'LOAD_PIN_MISMATCH' where it is not like the one that the object defines, 'LOAD_PIN_FAILED'.
 */
export function openPinned(load: PinLoad, map: RelocatedMap, path: string): FileDescriptor | undefined {
  const { kernel, object, opened, observer } = load
  return explained(object, map, `open the map that is pinned at ${path} as`, () => {
    const pinned = getPinnedObject(kernel, path)
    if (pinned === undefined) return undefined
    opened.push(pinned)
    requireSame(kernel, object, map, pinned, path)
    observer?.({ kind: 'map-reused', map: map.name, path, fd: pinned.fd })
    return pinned
  })
}

/**
 * Pins a map that was made now. A load that fails takes the pin away again.
 *
 * @returns 'taken' where somebody else has pinned one there meanwhile.
 * @throws LoadError 'LOAD_PIN_FAILED'
 */
export function pinMap(
  { kernel, object, opened, observer }: PinLoad,
  map: RelocatedMap,
  descriptor: FileDescriptor,
  path: string,
): 'pinned' | 'taken' {
  return explained(object, map, `pin at ${path}`, () => {
    try {
      pinObject(kernel, descriptor.fd, path)
    } catch (error) {
      if (error instanceof SyscallError && error.errnoName === 'EEXIST') return 'taken'
      throw error
    }
    opened.onFailure(() => {
      removePin(path)
    })
    observer?.({ kind: 'map-pinned', map: map.name, path })
    return 'pinned'
  })
}

function explained<Result>(
  object: RelocatedObject,
  map: RelocatedMap,
  tried: string,
  attempt: () => Result,
): Result {
  try {
    return attempt()
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    explainSilentRefusal(error, `${tried} map ${map.name}`, object)
    throw pinError('LOAD_PIN_FAILED', object, map, `cannot ${tried} map ${map.name}: ${error.message}`, error)
  }
}

/** Those that libbpf compares (`map_is_reuse_compat` in src/libbpf.c 1.7). */
const comparedAttributes = [
  ['type', 'type'],
  ['key_size', 'keySize'],
  ['value_size', 'valueSize'],
  ['max_entries', 'maxEntries'],
  ['map_flags', 'flags'],
  ['map_extra', 'mapExtra'],
] as const

function requireSame(
  kernel: Kernel,
  object: RelocatedObject,
  map: RelocatedMap,
  pinned: FileDescriptor,
  path: string,
): void {
  const info = infoByFd(kernel, pinned.fd, BPF_MAP_INFO)
  const found = { ...info, map_flags: info.map_flags & ~flagsOfTheKernel(map) }
  const differences = comparedAttributes
    .filter(([there, here]) => BigInt(found[there]) !== BigInt(map[here]))
    .map(([there, here]) => `${there} is ${found[there]} there and ${map[here]} here`)
  if (differences.length === 0) return
  throw pinError(
    'LOAD_PIN_MISMATCH',
    object,
    map,
    `the map that is pinned at ${path} is not map ${map.name} of the object: ${differences.join(', ')}; remove the pin if ` +
      'nobody needs it, or load with another pinPath',
  )
}

/** The kernel sets this flag itself for maps of devices (`dev_map_init_map` in kernel/bpf/devmap.c, Linux 6.18). */
function flagsOfTheKernel({ type }: RelocatedMap): number {
  const isDevMap = type === bpf_map_type.BPF_MAP_TYPE_DEVMAP || type === bpf_map_type.BPF_MAP_TYPE_DEVMAP_HASH
  return isDevMap ? bpf_map_create_flags.BPF_F_RDONLY_PROG : 0
}

function pinError(
  code: Extract<LoadErrorCode, 'LOAD_PIN_FAILED' | 'LOAD_PIN_MISMATCH'>,
  object: RelocatedObject,
  { name }: RelocatedMap,
  message: string,
  cause?: BpfError,
): LoadError {
  return new LoadError(code, `${object.fileName}: ${message}`, { object: object.fileName, map: name, cause })
}

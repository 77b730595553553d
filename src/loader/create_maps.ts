import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import { BPF_OBJ_NAME_LEN, objectName } from '../abi/object_name.ts'
import type { Observer } from '../base/observer.ts'
import { createMap, freezeMap, updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { hasMmapableArrays } from '../kernel/probes/map_features.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import type { DescriptorStack } from './descriptor_stack.ts'
import { explainSilentRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import type { KernelObjectStep } from './steps.ts'

/** The key of a data section's only value. */
const ONLY_KEY = new Uint8Array(4)

const { BPF_F_MMAPABLE } = bpf_map_create_flags

/**
 * Creates the object's maps. Those of data sections are filled with the section's contents, and read-only ones frozen,
 * before any program is loaded: the verifier takes the values of a frozen map for constants and drops dead branches.
 *
 * @returns The maps' descriptors by name; `opened` owns them as long as the load may fail.
 * @throws LoadError 'LOAD_MAP_REFUSED', PermissionError
 */
export function createMaps(
  kernel: Kernel,
  object: RelocatedObject,
  btf: FileDescriptor | undefined,
  opened: DescriptorStack,
  observer: Observer<KernelObjectStep>,
): ReadonlyMap<string, FileDescriptor> {
  const descriptors = new Map<string, FileDescriptor>()
  for (const map of object.maps) {
    const descriptor = opened.push(createOne(kernel, object, map, btf))
    descriptors.set(map.name, descriptor)
    observer?.({ kind: 'map-created', map: map.name, fd: descriptor.fd })
    fillOrExplain(kernel, object, map, descriptor, observer)
  }
  return descriptors
}

function createOne(
  kernel: Kernel,
  object: RelocatedObject,
  map: RelocatedMap,
  btf: FileDescriptor | undefined,
): FileDescriptor {
  try {
    return requestWhatThereIs(kernel, object, map, btf)
  } catch (error) {
    throw refused(object, map, 'create', error)
  }
}

function requestWhatThereIs(
  kernel: Kernel,
  object: RelocatedObject,
  map: RelocatedMap,
  btf: FileDescriptor | undefined,
): FileDescriptor {
  try {
    return request(kernel, object, map, btf, map.flags)
  } catch (error) {
    const mayBeUnknown = error instanceof SyscallError && error.errnoName === 'EINVAL'
    if (!mayBeUnknown || !isMmapableOnlyForUs(map) || hasMmapableArrays(kernel).kind !== 'not there') {
      throw error
    }
  }
  return request(kernel, object, map, btf, map.flags & ~BPF_F_MMAPABLE)
}

/** What is to be thrown where the kernel did not do what was tried with a map; what is no answer of the kernel's stays. */
function refused(object: RelocatedObject, map: RelocatedMap, tried: string, error: unknown): unknown {
  if (!(error instanceof SyscallError)) return error
  explainSilentRefusal(error, `${tried} map ${map.name}`)
  return new LoadError(
    'LOAD_MAP_REFUSED',
    `${object.fileName}: cannot ${tried} map ${map.name}: ${error.message}`,
    { object: object.fileName, map: map.name, cause: error },
  )
}

/** Data sections' maps are made mmapable for our sake: no program notices if they are not. */
function isMmapableOnlyForUs(map: RelocatedMap): boolean {
  return map.origin.kind === 'data' && (map.flags & BPF_F_MMAPABLE) !== 0
}

function request(
  kernel: Kernel,
  object: RelocatedObject,
  map: RelocatedMap,
  btf: FileDescriptor | undefined,
  flags: number,
): FileDescriptor {
  const typed = btf !== undefined && (map.keyType !== 0 || map.valueType !== 0)
  return createMap(kernel, {
    map_type: map.type,
    key_size: map.keySize,
    value_size: map.valueSize,
    max_entries: map.maxEntries,
    map_flags: flags,
    numa_node: map.numaNode,
    map_name: objectName(kernelName(object, map)),
    map_extra: map.mapExtra,
    ...(typed ? { btf_fd: btf.fd, btf_key_type_id: map.keyType, btf_value_type_id: map.valueType } : {}),
  })
}

/** Characters that are kept free for a section's name, so that `.bss` and `.rodata` get the same start of the object's. */
const SECTION_NAME_LENGTH = 7

/**
 * What the kernel calls the map. Data sections of all objects have the same names, so the start of the object's name is
 * put before: `bootstra.rodata`. A section with a name of its own, such as `.data.counters`, keeps it. libbpf calls them
 * the same (internal_map_name in src/libbpf.c 1.6).
 */
function kernelName(object: RelocatedObject, map: RelocatedMap): string {
  if (map.origin.kind === 'definition') return map.name
  if (map.name.includes('.', 1)) return map.name
  const room = BPF_OBJ_NAME_LEN - 1 - Math.max(SECTION_NAME_LENGTH, map.name.length)
  return `${object.name.slice(0, room)}${map.name}`
}

function fillOrExplain(
  kernel: Kernel,
  object: RelocatedObject,
  map: RelocatedMap,
  descriptor: FileDescriptor,
  observer: Observer<KernelObjectStep>,
): void {
  try {
    fill(kernel, map, descriptor, observer)
  } catch (error) {
    throw refused(object, map, 'fill', error)
  }
}

function fill(
  kernel: Kernel,
  map: RelocatedMap,
  descriptor: FileDescriptor,
  observer: Observer<KernelObjectStep>,
): void {
  if (map.origin.kind !== 'data') return
  updateElement(kernel, descriptor.fd, ONLY_KEY, map.contents, 0)
  observer?.({ kind: 'map-filled', map: map.name, bytes: map.contents.length })
  if (!map.origin.readOnly) return
  freezeMap(kernel, descriptor.fd)
  observer?.({ kind: 'map-frozen', map: map.name })
}

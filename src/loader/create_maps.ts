import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import { BPF_OBJ_NAME_LEN } from '../abi/object_name.ts'
import type { Observer } from '../base/observer.ts'
import { freezeMap, updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ArenaMemory } from '../maps/arena_memory.ts'
import { ONLY_KEY } from '../maps/map_globals.ts'
import type { StructOpsPlan } from '../relocate/plan_struct_ops.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import { type KernelValueType, type MapRequest, requestMap } from './create_map.ts'
import type { DescriptorStack } from './descriptor_stack.ts'
import { fillMapOfMaps, requireSlotPrograms } from './fill_slots.ts'
import { LoadError } from './load_error.ts'
import type { LoadFailures } from './load_failures.ts'
import { mapArena } from './map_arenas.ts'
import { mapRefused } from './map_refused.ts'
import type { ModuleDescriptors } from './module_descriptors.ts'
import { openPinned, pinMap, pinPathOf } from './pin_maps.ts'
import type { KernelObjectStep } from './steps.ts'

const { BPF_F_MMAPABLE } = bpf_map_create_flags

/** What the maps are made of, and with. */
export interface MapLoad {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  readonly btf: FileDescriptor | undefined
  /** Owns what is made as long as the load may fail. */
  readonly opened: DescriptorStack
  readonly observer: Observer<KernelObjectStep>
  /** The directory for maps that are pinned by name. */
  readonly pinPath: string
  readonly failures: LoadFailures
  readonly structOps: readonly StructOpsPlan[]
  readonly modules: ModuleDescriptors
  /** Gets the memory of each arena that is mapped, by name. */
  readonly arenas: Map<string, ArenaMemory>
}

/**
 * Creates the object's maps, or takes those that are pinned under their names. Those of data sections are filled with the
 * section's contents, and read-only ones frozen, before any program is loaded: the verifier takes the values of a frozen
 * map for constants and drops dead branches. Maps of maps are filled last, when all maps are there. A map that fails is
 * closed again, and the load goes on without it.
 *
 * @returns The maps' descriptors by name.
 * @throws what ends the load as a whole; see load_ending.ts.
 */
export function createMaps(load: MapLoad): ReadonlyMap<string, FileDescriptor> {
  const opened = new Map<string, OpenedMap>()
  for (const map of load.object.maps) {
    if (!map.autocreate || load.failures.maps.has(map.name)) continue
    const own = load.opened.nested()
    const result = load.failures.map(map.name, () => openMap({ ...load, opened: own }, map))
    if (result === undefined) own[Symbol.dispose]()
    else opened.set(map.name, { ...result, own })
  }
  const descriptors = new Map([...opened].map(([name, { descriptor }]) => [name, descriptor]))
  for (const map of load.object.maps) {
    const { own, isNew } = opened.get(map.name) ?? {}
    if (isNew !== true || fillMapOfMaps({ ...load, maps: descriptors }, map) === 'filled') continue
    own?.[Symbol.dispose]()
    descriptors.delete(map.name)
  }
  return descriptors
}

interface MapAndState {
  readonly descriptor: FileDescriptor
  /** Whether it was made now, and so is empty but for its section's contents. */
  readonly isNew: boolean
}

/** A map, and what undoes everything that was done for it. */
interface OpenedMap extends MapAndState {
  readonly own: DescriptorStack
}

/**
 * @throws LoadError 'LOAD_MAP_REFUSED', 'LOAD_MAP_NOT_UNDERSTOOD', 'LOAD_SLOT_TARGET_MISSING', 'LOAD_PIN_FAILED',
 *   'LOAD_PIN_MISMATCH'; PermissionError
 */
function openMap(load: MapLoad, map: RelocatedMap): MapAndState {
  requireUnderstood(load.object, map)
  requireSlotPrograms(load.object, map)
  return map.pinning === 'by-name' ? pinnedMap(load, map) : newMap(load, map)
}

function requireUnderstood(object: RelocatedObject, { name, problem }: RelocatedMap): void {
  if (problem === undefined) return
  throw new LoadError(
    'LOAD_MAP_NOT_UNDERSTOOD',
    `${object.fileName}: cannot create map ${name}: ${problem}; set its autocreate to false to leave the map out`,
    { object: object.fileName, map: name },
  )
}

/** Two processes may pin the same map at the same time; then the one that comes second takes the other's. */
function pinnedMap(load: MapLoad, map: RelocatedMap): MapAndState {
  const path = pinPathOf(load, map)
  const known = openPinned(load, map, path)
  if (known !== undefined) return { descriptor: known, isNew: false }
  const opened = newMap(load, map)
  if (pinMap(load, map, opened.descriptor, path) === 'pinned') return opened
  const other = openPinned(load, map, path)
  return other === undefined ? opened : { descriptor: other, isNew: false }
}

function newMap(load: MapLoad, map: RelocatedMap): MapAndState {
  const { kernel, object, opened, observer } = load
  const descriptor = opened.push(createOrExplain(load, map))
  observer?.({ kind: 'map-created', map: map.name, fd: descriptor.fd })
  try {
    fill(kernel, map, descriptor, observer)
  } catch (error) {
    throw mapRefused(object, map, 'fill', error)
  }
  try {
    mapArena(load, map, descriptor)
  } catch (error) {
    throw mapRefused(object, map, 'mmap', error)
  }
  return { descriptor, isNew: true }
}

function createOrExplain(load: MapLoad, map: RelocatedMap): FileDescriptor {
  const { kernel, object, btf } = load
  const kernelName = kernelNameOf(object.name, map)
  // Data sections' maps are made mmapable for our sake: no program notices if they are not.
  const dispensableFlags = map.origin.kind === 'data' ? BPF_F_MMAPABLE : 0
  const kernelValue = kernelValueOf(load, map)
  const request: MapRequest = { shape: map, kernelName, btf, inner: undefined, kernelValue, dispensableFlags }
  try {
    if (map.innerMap === undefined) return requestMap(kernel, request)
    // A map of maps is told what it is to hold by one such map, which it does not keep.
    using inner = requestMap(kernel, {
      ...request,
      shape: map.innerMap,
      kernelName: `${kernelName}.inner`,
      dispensableFlags: 0,
    })
    return requestMap(kernel, { ...request, inner })
  } catch (error) {
    throw mapRefused(object, map, 'create', error)
  }
}

function kernelValueOf({ structOps, modules }: MapLoad, { name }: RelocatedMap): KernelValueType | undefined {
  const types = structOps.find(({ map }) => map === name)?.types
  if (types === undefined) return undefined
  const { valueType, module } = types
  return {
    type: valueType,
    module: module === undefined ? undefined : modules.fdOf(module, { kind: 'map', name }),
  }
}

/** Characters that are kept free for a section's name, so that `.bss` and `.rodata` get the same start of the object's. */
const SECTION_NAME_LENGTH = 7

/**
 * What the kernel calls the map. Data sections of all objects have the same names, so the start of the object's name is
 * put before: `bootstra.rodata`. A section with a name of its own, such as `.data.counters`, keeps it. libbpf calls them
 * the same (internal_map_name in src/libbpf.c 1.6).
 *
 * @param object The object's name.
 */
export function kernelNameOf(
  object: string,
  map: { readonly name: string; readonly origin?: RelocatedMap['origin'] | undefined },
): string {
  if (map.origin?.kind !== 'data') return map.name
  if (map.name.includes('.', 1)) return map.name
  const room = BPF_OBJ_NAME_LEN - 1 - Math.max(SECTION_NAME_LENGTH, map.name.length)
  return `${object.slice(0, room)}${map.name}`
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

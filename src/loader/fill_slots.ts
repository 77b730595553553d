import type { Observer } from '../base/observer.ts'
import { updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { InitialSlot } from '../object/map_spec.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import { LoadError } from './load_error.ts'
import { mapRefused } from './map_refused.ts'
import type { KernelObjectStep } from './steps.ts'

/** The maps whose slots are filled. */
export interface SlotLoad {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  /** The object's maps that are in the kernel. */
  readonly maps: ReadonlyMap<string, FileDescriptor>
  readonly observer: Observer<KernelObjectStep>
}

/**
 * Puts maps into the maps of maps that were made now; one that was pinned before has its entries already.
 *
 * @throws LoadError 'LOAD_SLOT_TARGET_MISSING', 'LOAD_MAP_REFUSED'; PermissionError
 */
export function fillMapsOfMaps(load: SlotLoad, created: ReadonlySet<string>): void {
  for (const map of load.object.maps) {
    if (created.has(map.name)) fillSlots(load, map, 'map', load.maps)
  }
}

/**
 * Puts programs into prog arrays, pinned ones as well: the programs of this load are to run from now on.
 *
 * @throws LoadError 'LOAD_SLOT_TARGET_MISSING', 'LOAD_MAP_REFUSED'; PermissionError
 */
export function fillProgArrays(load: SlotLoad, programs: ReadonlyMap<string, FileDescriptor>): void {
  for (const map of load.object.maps) {
    if (load.maps.has(map.name)) fillSlots(load, map, 'program', programs)
  }
}

function fillSlots(
  load: SlotLoad,
  map: RelocatedMap,
  kind: InitialSlot['target']['kind'],
  targets: ReadonlyMap<string, FileDescriptor>,
): void {
  const descriptor = load.maps.get(map.name)
  if (descriptor === undefined) return
  for (const slot of map.initialSlots) {
    if (slot.target.kind !== kind) continue
    const target = targets.get(slot.target.name)
    if (target === undefined) throw targetMissing(load.object, map, slot)
    try {
      updateElement(load.kernel, descriptor.fd, word(slot.index), word(target.fd), 0)
    } catch (error) {
      throw mapRefused(load.object, map, `put ${kind} ${slot.target.name} into slot ${slot.index} of`, error)
    }
    load.observer?.({ kind: 'map-slot-filled', map: map.name, slot })
  }
}

/** A number as the kernel reads keys and values: 32 bits, in the order of the hosts that rawbpf runs on. */
function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function targetMissing(
  object: RelocatedObject,
  map: RelocatedMap,
  { index, target }: InitialSlot,
): LoadError {
  const option = target.kind === 'map' ? 'autocreate' : 'autoload'
  return new LoadError(
    'LOAD_SLOT_TARGET_MISSING',
    `${object.fileName}: cannot fill slot ${index} of map ${map.name}: ${target.kind} ${target.name} is left out of the load; ` +
      `set its ${option} to true, or the autocreate of ${map.name} to false`,
    {
      object: object.fileName,
      map: map.name,
      ...(target.kind === 'program' ? { program: target.name } : {}),
    },
  )
}

import type { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { InitialSlot } from '../object/map_spec.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import type { DescriptorStack } from './descriptor_stack.ts'
import { LoadError } from './load_error.ts'
import type { LoadFailures } from './load_failures.ts'
import { mapRefused } from './map_refused.ts'
import type { KernelObjectStep } from './steps.ts'
import { u32Bytes } from './u32_bytes.ts'

/** The maps whose slots are filled. */
export interface SlotLoad {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  /** The object's maps that are in the kernel. */
  readonly maps: ReadonlyMap<string, FileDescriptor>
  readonly observer: Observer<KernelObjectStep>
  readonly failures: LoadFailures
}

/**
 * Finds out before anything is made of a prog array whether its programs are to be loaded. One that fails later leaves its
 * slot empty: a tail call to it falls through.
 *
 * @throws LoadError 'LOAD_SLOT_TARGET_MISSING'
 */
export function requireSlotPrograms(object: RelocatedObject, map: RelocatedMap): void {
  const wanted = map.initialSlots.filter(({ target }) => target.kind === 'program')
  if (wanted.length === 0) return
  const loaded = new Set([
    ...object.programs.map(({ name }) => name),
    ...object.failures.map(({ program }) => program),
  ])
  const missing = wanted.find(({ target }) => !loaded.has(target.name))
  if (missing !== undefined) throw targetMissing(object, map, missing)
}

/** Puts maps into a map of maps that was made now; one that was pinned before has its entries already. */
export function fillMapOfMaps(load: SlotLoad, map: RelocatedMap): 'filled' | 'failed' {
  const outcome = load.failures.map(map.name, () => {
    for (const slot of map.initialSlots) {
      if (slot.target.kind !== 'map') continue
      const target = load.maps.get(slot.target.name)
      if (target === undefined)
        throw targetMissing(load.object, map, slot, load.failures.maps.get(slot.target.name))
      fillSlot(load, map, slot, target)
    }
    return 'filled' as const
  })
  return outcome ?? 'failed'
}

/**
 * Puts programs into prog arrays, pinned ones as well: the programs of this load are to run from now on. A program that the
 * kernel does not let into its slot has failed, and is taken out of `programs`.
 */
export function fillProgArrays(
  load: SlotLoad & { readonly opened: DescriptorStack },
  programs: Map<string, FileDescriptor>,
): void {
  for (const map of load.object.maps) {
    if (!load.maps.has(map.name)) continue
    for (const slot of map.initialSlots) {
      const { kind, name } = slot.target
      const target = programs.get(name)
      if (kind !== 'program' || target === undefined) continue
      const outcome = load.failures.program(name, () => fillSlot(load, map, slot, target))
      if (outcome === 'filled') continue
      load.opened.drop(target)
      programs.delete(name)
    }
  }
}

/** @throws LoadError 'LOAD_MAP_REFUSED'; PermissionError */
function fillSlot(load: SlotLoad, map: RelocatedMap, slot: InitialSlot, target: FileDescriptor): 'filled' {
  const { kind, name } = slot.target
  const descriptor = load.maps.get(map.name)
  if (descriptor === undefined) return 'filled'
  try {
    updateElement(load.kernel, descriptor.fd, u32Bytes(slot.index), u32Bytes(target.fd), 0)
  } catch (error) {
    throw mapRefused(load.object, map, `put ${kind} ${name} into slot ${slot.index} of`, error)
  }
  load.observer?.({ kind: 'map-slot-filled', map: map.name, slot })
  return 'filled'
}

/** @param why What the map that is to be held failed with; undefined where it was meant to be left out. */
function targetMissing(
  object: RelocatedObject,
  map: RelocatedMap,
  { index, target }: InitialSlot,
  why?: BpfError,
): LoadError {
  const option = target.kind === 'map' ? 'autocreate' : 'autoload'
  const reason =
    why === undefined
      ? `is left out of the load; set its ${option} to true, or the autocreate of ${map.name} to false`
      : `is not there: ${why.message}`
  return new LoadError(
    'LOAD_SLOT_TARGET_MISSING',
    `${object.fileName}: cannot fill slot ${index} of map ${map.name}: ${target.kind} ${target.name} ${reason}`,
    {
      object: object.fileName,
      map: map.name,
      cause: why,
      ...(target.kind === 'program' ? { program: target.name } : {}),
    },
  )
}

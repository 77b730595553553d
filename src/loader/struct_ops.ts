import type { Observer } from '../base/observer.ts'
import type { Fd } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { planStructOps, type StructOpsLayout, type StructOpsPlan } from '../relocate/plan_struct_ops.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { LoadError } from './load_error.ts'
import type { LoadStep } from './steps.ts'
import { runningModuleBtfs } from './target_btf.ts'

/** The kernel that struct_ops maps are made for. */
export interface StructOpsLoad {
  readonly kernel: Kernel
  readonly kernelBtf: () => Btf
  readonly observer: Observer<LoadStep>
}

/** Lays out the object's struct_ops maps for the kernel that it is loaded into. */
export function planForKernel(
  object: RelocatedObject,
  { kernel, kernelBtf, observer }: StructOpsLoad,
): StructOpsLayout {
  const modules = (): ReturnType<typeof runningModuleBtfs> => runningModuleBtfs(kernel, kernelBtf(), observer)
  const layout = planStructOps(object, { vmlinux: kernelBtf, modules })
  for (const plan of layout.plans) observer?.({ kind: 'struct-ops-laid-out', plan })
  return layout
}

/** Gives struct_ops maps the size of the kernel's value, which the object cannot know. */
export function fitStructOps(object: RelocatedObject, plans: readonly StructOpsPlan[]): RelocatedObject {
  if (plans.length === 0) return object
  const sizes = new Map(plans.map(({ map, value }) => [map, value.length]))
  const maps = object.maps.map((map) => ({ ...map, valueSize: sizes.get(map.name) ?? map.valueSize }))
  return { ...object, maps }
}

/**
 * The value that a struct_ops map is updated with: the kernel takes the descriptors of programs for function pointers.
 *
 * @throws LoadError 'LOAD_SLOT_TARGET_MISSING' for a program that is not loaded; BpfError 'DESCRIPTOR_CLOSED' for one that was
 *   closed
 */
export function structOpsValue(
  { map, value, slots }: StructOpsPlan,
  programs: ReadonlyMap<string, { readonly fd: Fd }>,
): Uint8Array {
  const filled = value.slice()
  const view = new DataView(filled.buffer)
  for (const { program, offset } of slots) {
    const loaded = programs.get(program)
    if (loaded === undefined) throw programMissing(map, program)
    view.setBigUint64(offset, BigInt(loaded.fd), true)
  }
  return filled
}

function programMissing(map: string, program: string): LoadError {
  return new LoadError(
    'LOAD_SLOT_TARGET_MISSING',
    `cannot register struct_ops map ${map}: program ${program}, to which it points, was not loaded`,
    { map, program },
  )
}

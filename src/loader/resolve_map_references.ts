import type { Observer } from '../base/observer.ts'
import { insnIndex } from '../base/units.ts'
import type { WideSlots } from '../core/patch.ts'
import { InsnView } from '../insn/insn_view.ts'
import { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE } from '../insn/opcodes.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { MapReference, RelocatedProgram } from '../relocate/relocated_object.ts'
import type { RelocateStep } from '../relocate/steps.ts'
import { LoadError } from './load_error.ts'

/**
 * Puts the descriptors of maps into the instructions that refer to them; the verifier replaces them with addresses. The
 * source register of the `ldimm64` says what the immediate means: a map, or an address within a map's only value, whose
 * offset stands in the second slot (include/uapi/linux/bpf.h, BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE, Linux 6.18).
 *
 * @returns A patched copy; the relocated program may be loaded again.
 */
export function resolveMapReferences(
  program: RelocatedProgram,
  maps: ReadonlyMap<string, FileDescriptor>,
  observer: Observer<RelocateStep>,
): Uint8Array {
  const insns = program.insns.slice()
  const view = new InsnView(insns)
  for (const reference of program.mapReferences) resolveOne(view, program, reference, maps, observer)
  return insns
}

function resolveOne(
  view: InsnView,
  program: RelocatedProgram,
  reference: MapReference,
  maps: ReadonlyMap<string, FileDescriptor>,
  observer: Observer<RelocateStep>,
): void {
  const descriptor = maps.get(reference.map)
  if (descriptor === undefined) {
    throw new LoadError(
      'LOAD_PROGRAM_REFUSED',
      `program ${program.name} refers to map ${reference.map}, which was not created`,
      {
        program: program.name,
        map: reference.map,
      },
    )
  }
  const secondSlot = insnIndex(reference.insn + 1)
  const before: WideSlots = [view.get(reference.insn), view.get(secondSlot)]
  const src = reference.kind === 'map' ? BPF_PSEUDO_MAP_FD : BPF_PSEUDO_MAP_VALUE
  const after: WideSlots = [
    { ...before[0], src, imm: Number(descriptor.fd) },
    { ...before[1], imm: reference.offset },
  ]
  view.set(reference.insn, after[0])
  view.set(secondSlot, after[1])
  observer?.({ kind: 'insn-patched', program: program.name, insn: reference.insn, before, after, why: 'map' })
}

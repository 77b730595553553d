import type { Observer } from '../base/observer.ts'
import { insnIndex } from '../base/units.ts'
import type { WideSlots } from '../core/patch.ts'
import { InsnView } from '../insn/insn_view.ts'
import { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE } from '../insn/opcodes.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { MapReference, RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import type { RelocateStep } from '../relocate/steps.ts'
import { LoadError } from './load_error.ts'

/**
 * Puts the descriptors of maps into the instructions that refer to them; the verifier replaces them with addresses. The
 * source register of the `ldimm64` says what the immediate means: a map, or an address within a map's only value, whose
 * offset stands in the second slot (include/uapi/linux/bpf.h, BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE, Linux 6.18).
 *
 * @returns A patched copy; the relocated program may be loaded again.
 * @throws LoadError 'LOAD_PROGRAM_REFUSED' where a map is left out of the load.
 */
export function resolveMapReferences(
  { fileName }: RelocatedObject,
  program: RelocatedProgram,
  maps: ReadonlyMap<string, FileDescriptor>,
  observer: Observer<RelocateStep>,
): Uint8Array {
  const insns = program.insns.slice()
  const view = new InsnView(insns)
  for (const reference of program.mapReferences) {
    const map = maps.get(reference.map)
    if (map === undefined) throw notCreated(fileName, program, reference.map)
    resolveOne(view, program, reference, map, observer)
  }
  return insns
}

function resolveOne(
  view: InsnView,
  program: RelocatedProgram,
  reference: MapReference,
  descriptor: FileDescriptor,
  observer: Observer<RelocateStep>,
): void {
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

/** Maps that failed are found out before; this one was meant to be left out. */
function notCreated(object: string, { name, section }: RelocatedProgram, map: string): LoadError {
  return new LoadError(
    'LOAD_PROGRAM_REFUSED',
    `${object}: cannot load program ${name}: it refers to map ${map}, whose autocreate is off; set it to true, or the ` +
      'autoload of the program to false',
    { object, section: section.name, program: name, map },
  )
}

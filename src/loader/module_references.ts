import type { Observer } from '../base/observer.ts'
import { type Fd, insnIndex } from '../base/units.ts'
import type { WideSlots } from '../core/patch.ts'
import { InsnView } from '../insn/insn_view.ts'
import type { AppliedExtern, RelocatedProgram } from '../relocate/relocated_object.ts'
import type { RelocateStep } from '../relocate/steps.ts'
import type { ModuleDescriptors } from './module_descriptors.ts'

/**
 * Puts the descriptors of modules' BTF to where the verifier looks for them: for a call into `fd_array`, at the index that
 * the instruction's `off` holds, for an `ldimm64` into the second slot (include/uapi/linux/bpf.h, BPF_PSEUDO_KFUNC_CALL and
 * BPF_PSEUDO_BTF_ID, Linux 6.18).
 *
 * @param insns The program's instructions, which are changed.
 * @returns `fd_array`; undefined where no function of a module is called.
 * @throws LoadError 'LOAD_MODULE_GONE'; PermissionError
 */
export function resolveModuleReferences(
  program: RelocatedProgram,
  insns: Uint8Array,
  modules: ModuleDescriptors,
  observer: Observer<RelocateStep>,
): Uint8Array | undefined {
  const view = new InsnView(insns)
  const called = new Map<number, Fd>()
  for (const reference of program.externs) {
    const { resolution } = reference
    if (resolution.kind !== 'kernel type' || resolution.module === undefined) continue
    const fd = modules.fdOf(resolution.module, { kind: 'program', name: program.name })
    if (reference.form === 'call') called.set(resolution.fdIndex, fd)
    else patchLoad(view, program, reference, fd, observer)
  }
  return called.size === 0 ? undefined : fdArray(called)
}

function patchLoad(
  view: InsnView,
  program: RelocatedProgram,
  { insn }: AppliedExtern,
  fd: Fd,
  observer: Observer<RelocateStep>,
): void {
  const secondSlot = insnIndex(insn + 1)
  const before: WideSlots = [view.get(insn), view.get(secondSlot)]
  const after: WideSlots = [before[0], { ...before[1], imm: Number(fd) }]
  view.set(secondSlot, after[1])
  observer?.({ kind: 'insn-patched', program: program.name, insn, before, after, why: 'module' })
}

/** Entries that no call names are not looked at. */
function fdArray(called: ReadonlyMap<number, Fd>): Uint8Array {
  const fds = new Int32Array(Math.max(...called.keys()) + 1)
  for (const [index, fd] of called) fds[index] = fd
  return new Uint8Array(fds.buffer)
}

import type { Observer } from '../base/observer.ts'
import { type Fd, insnIndex } from '../base/units.ts'
import type { WideSlots } from '../core/patch.ts'
import { InsnView } from '../insn/insn_view.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { AppliedExtern, RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import type { RelocateStep } from '../relocate/steps.ts'
import { explainRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import { openModuleBtf } from './target_btf.ts'

/** Descriptors of modules' BTF, each opened when a program first needs it. They are needed only while programs are loaded. */
export class ModuleDescriptors implements Disposable {
  readonly #kernel: Kernel
  readonly #object: RelocatedObject
  readonly #descriptors = new Map<string, FileDescriptor>()

  constructor(kernel: Kernel, object: RelocatedObject) {
    this.#kernel = kernel
    this.#object = object
  }

  /** @throws LoadError 'LOAD_MODULE_GONE'; PermissionError */
  fdOf(module: string, program: RelocatedProgram): Fd {
    const descriptor = this.#descriptors.get(module) ?? this.#open(module, program)
    this.#descriptors.set(module, descriptor)
    return descriptor.fd
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.values()) descriptor.close()
    this.#descriptors.clear()
  }

  #open(module: string, program: RelocatedProgram): FileDescriptor {
    try {
      const descriptor = openModuleBtf(this.#kernel, module)
      if (descriptor !== undefined) return descriptor
      throw this.#gone(module, program, 'it was unloaded meanwhile; load the module, then the object again')
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      explainRefusal(error, `open the BTF of module ${module}`, this.#object)
      throw this.#gone(module, program, error.message, error)
    }
  }

  #gone(module: string, { name, section }: RelocatedProgram, why: string, cause?: SyscallError): LoadError {
    const { fileName } = this.#object
    return new LoadError(
      'LOAD_MODULE_GONE',
      `${fileName}: cannot load program ${name}: it refers to module ${module}, whose BTF cannot be opened: ${why}`,
      { object: fileName, program: name, section: section.name, cause },
    )
  }
}

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
    const fd = modules.fdOf(resolution.module, program)
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

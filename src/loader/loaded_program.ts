import type { Observer } from '../base/observer.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { attachProgram } from '../links/attach_program.ts'
import type { Link } from '../links/link.ts'
import type { LinkStep } from '../links/steps.ts'
import type { UsdtSpecs } from '../links/usdt_specs.ts'
import type { AttachTarget } from '../object/attach_target.ts'
import type { ProgramSection } from '../object/section_names.ts'
import { BpfProgram } from '../programs/bpf_program.ts'
import type { ObjectLinks } from './object_links.ts'

/** What a program of a loaded object has of the object. */
export interface ProgramOwner {
  readonly kernel: Kernel
  readonly links: ObjectLinks
  readonly observer: Observer<LinkStep>
  /** What attachments of the object's programs to USDT probes share. */
  readonly usdt: () => UsdtSpecs | undefined
}

/** A program of a loaded object, which can be attached. */
export class LoadedProgram extends BpfProgram {
  readonly #owner: ProgramOwner

  constructor(
    owner: ProgramOwner,
    descriptor: FileDescriptor,
    name: string,
    section: ProgramSection,
    verifierLog?: string,
  ) {
    super(owner.kernel, descriptor, name, section, verifierLog)
    this.#owner = owner
  }

  /**
   * Attaches the program. The object closes the link with it, if nobody has before.
   *
   *     using link = object.program('on_open').attach({ kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_openat' })
   *
   * @param target What to. Default: what the name of the program's section says.
   * @throws AttachError 'ATTACH_NO_TARGET' where the name does not say it; 'ATTACH_WRONG_PROGRAM' where programs of this type
   *   are attached to other things; 'ATTACH_FAILED', whose cause is a PermissionError where a right is missing; BpfError
   *   'OBJECT_CLOSED', 'DESCRIPTOR_CLOSED' where the program was closed.
   */
  attach(target: AttachTarget = this.section.attachTarget): Link {
    const { kernel, links, observer, usdt } = this.#owner
    return links.make(`attach program ${this.name}`, () =>
      attachProgram({ kernel, program: this, observer, usdt }, target),
    )
  }
}

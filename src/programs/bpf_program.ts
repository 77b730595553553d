import type { Fd } from '../base/units.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { ProgramSection } from '../object/section_names.ts'

/** A program that the verifier accepted. */
export class BpfProgram implements Disposable {
  readonly name: string
  readonly section: ProgramSection
  readonly #descriptor: FileDescriptor

  constructor(descriptor: FileDescriptor, name: string, section: ProgramSection) {
    this.#descriptor = descriptor
    this.name = name
    this.section = section
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the program was closed. */
  get fd(): Fd {
    return this.#descriptor.fd
  }

  /** Gives up this process's hold on the program; a link that is still open keeps it running. */
  close(): void {
    this.#descriptor.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

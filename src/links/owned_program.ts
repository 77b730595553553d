import { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { AttachContext } from './attaching.ts'

/**
 * A descriptor of the program for the attachment alone. What was attached without a bpf_link is detached by naming the
 * program, and that has to work after the program was closed.
 */
export function ownedProgram({ kernel, program }: AttachContext): FileDescriptor {
  return new FileDescriptor(kernel, kernel.duplicate(program.fd), `program ${program.name}`)
}

import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { BpfProgram } from '../../src/programs/bpf_program.ts'
import type { BpfKernel } from '../loader/bpf_kernel.ts'

/** A program of a section of that name, which the fake kernel has taken. */
export function programIn(kernel: BpfKernel, section: string, name = 'main'): BpfProgram {
  const read = readSectionName(section)
  if (read.kind === 'unknown') throw new Error(read.reason)
  const descriptor = new FileDescriptor(kernel, kernel.allocate('program'), 'program')
  return new BpfProgram(kernel, descriptor, name, read.section)
}

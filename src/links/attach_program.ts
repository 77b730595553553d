import type { Observer } from '../base/observer.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { BpfProgram } from '../programs/bpf_program.ts'
import { AttachError } from './attach_error.ts'
import { attachTracepoint } from './attach_tracepoint.ts'
import type { Link } from './link.ts'
import type { LinkStep } from './steps.ts'

/**
 * Attaches a program to what its section's name says.
 *
 * @throws AttachError 'ATTACH_NO_TARGET' where the name does not say it; 'ATTACH_FAILED'.
 */
export function attachProgram(kernel: Kernel, program: BpfProgram, observer?: Observer<LinkStep>): Link {
  const { attachTarget, name } = program.section
  switch (attachTarget.kind) {
    case 'tracepoint':
      return attachTracepoint(kernel, program, attachTarget, observer)
    case 'unsupported':
      throw new AttachError(
        'ATTACH_NO_TARGET',
        `cannot attach program ${program.name} to what its section name '${name}' says: ${attachTarget.why}`,
        { program: program.name, section: name },
      )
    case 'none':
      throw new AttachError(
        'ATTACH_NO_TARGET',
        `cannot attach program ${program.name}: its section name '${name}' does not say what to`,
        { program: program.name, section: name },
      )
  }
}

import { BpfError } from '../base/errors.ts'
import type { Fd } from '../base/units.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { KernelError } from '../kernel/kernel_error.ts'
import { functionIdOf } from '../programs/program_functions.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { LoadError } from './load_error.ts'

/** What a program is verified for, where its section's name does not say it, or is not to. */
export type ProgramTarget = FunctionOfProgram | PlaceInKernel

/** A function of a BPF program, for programs that attach to those: freplace replaces it, fentry and fexit watch it. */
export interface FunctionOfProgram {
  /** The program that has the function: one of a `LoadedObject`, or any descriptor. */
  readonly program: { readonly fd: Fd }
  /** Default: what stands behind the slash in the section's name, as in `freplace/handler`. */
  readonly function?: string | undefined
}

/** A function, tracepoint, LSM hook or iterator of the kernel: `vfs_read`, or `nf_tables:nft_do_chain` of a module. */
export interface PlaceInKernel {
  /** What would stand behind the slash in the section's name. */
  readonly place: string
}

/**
 * The id of the function's FUNC in the target program's own BTF, which the kernel has by the program.
 *
 * @throws LoadError 'LOAD_ATTACH_TARGET_NOT_FOUND'
 */
export function findTargetFunction(
  kernel: Kernel,
  object: RelocatedObject,
  program: RelocatedProgram,
  target: FunctionOfProgram,
): number {
  const name = target.function ?? program.section.suffix
  if (name === undefined)
    throw notFound(object, program, 'it is not said which function of the target program')
  try {
    return functionIdOf(kernel, target.program.fd, name)
  } catch (cause) {
    if (cause instanceof KernelError && cause.code === 'NO_SUCH_FUNCTION') {
      throw notFound(object, program, cause.message, cause)
    }
    if (!(cause instanceof BpfError)) throw cause
    throw notFound(object, program, `the target program's types cannot be read: ${cause.message}`, cause)
  }
}

function notFound(
  object: RelocatedObject,
  { name, section }: RelocatedProgram,
  found: string,
  cause?: BpfError,
): LoadError {
  return new LoadError(
    'LOAD_ATTACH_TARGET_NOT_FOUND',
    `${object.fileName}: cannot load program ${name} of section ${section.name}: ${found}; name another target in the load ` +
      "option 'targets', or set its autoload to false to leave it out",
    { object: object.fileName, program: name, section: section.name, cause },
  )
}

import { BPF_PROG_INFO } from '../abi/bpf_info.ts'
import { BpfError } from '../base/errors.ts'
import type { Fd } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { btfInfo, infoByFd, openBtfById } from '../kernel/bpf_calls.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { LoadError } from './load_error.ts'

/** A function of a BPF program, for programs that attach to those: freplace replaces it, fentry and fexit watch it. */
export interface ProgramTarget {
  /** The program that has the function: one of a `LoadedObject`, or any descriptor. */
  readonly program: { readonly fd: Fd }
  /** Default: what stands behind the slash in the section's name, as in `freplace/handler`. */
  readonly function?: string | undefined
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
  target: ProgramTarget,
): number {
  const name = target.function ?? program.section.suffix
  if (name === undefined)
    throw notFound(object, program, 'it is not said which function of the target program')
  const btf = explained(object, program, () => typesOf(kernel, target.program.fd))
  if (btf === undefined) throw notFound(object, program, 'the target program was loaded without BTF')
  const func = btf.find(name, 'func')
  if (func !== undefined) return func.id
  const known = btf.idsOfKind('func').map((id) => btf.nameOf(id))
  throw notFound(
    object,
    program,
    `the target program has no function ${name}; its BTF has ${known.join(', ') || 'none'}`,
  )
}

/** The types that a program was loaded with; undefined where it was loaded without. */
function typesOf(kernel: Kernel, fd: Fd): Btf | undefined {
  const { btf_id } = infoByFd(kernel, fd, BPF_PROG_INFO)
  using descriptor = btf_id === 0 ? undefined : openBtfById(kernel, btf_id)
  if (descriptor === undefined) return undefined
  const bytes = new Uint8Array(btfInfo(kernel, descriptor.fd).size)
  btfInfo(kernel, descriptor.fd, bytes)
  return Btf.parse(bytes, { name: `BTF ${btf_id}` })
}

function explained<T>(object: RelocatedObject, program: RelocatedProgram, read: () => T): T {
  try {
    return read()
  } catch (cause) {
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

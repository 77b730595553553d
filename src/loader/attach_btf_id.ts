import type { Btf } from '../btf/btf.ts'
import type { AttachTypeName } from '../object/section_definitions.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { LoadError, type LoadErrorCode } from './load_error.ts'

/** What the kernel's BTF calls the place that a program is attached to. */
export interface AttachTypeInBtf {
  readonly prefix: string
  readonly kind: 'typedef' | 'func'
}

const LSM_HOOK: AttachTypeInBtf = { prefix: 'bpf_lsm_', kind: 'func' }

const hooks: Partial<Record<AttachTypeName, AttachTypeInBtf>> = {
  BPF_TRACE_RAW_TP: { prefix: 'btf_trace_', kind: 'typedef' },
  BPF_LSM_MAC: LSM_HOOK,
  BPF_LSM_CGROUP: LSM_HOOK,
  BPF_TRACE_ITER: { prefix: 'bpf_iter_', kind: 'func' },
}

/**
 * Programs of some types are verified against one place in the kernel: a function, whose arguments they get, or what
 * stands for a tracepoint, an LSM hook or an iterator. BPF_PROG_LOAD is told its id in the kernel's BTF, where hooks have
 * prefixes (`btf_get_kernel_prefix_kind` in libbpf's src/libbpf.c 1.6; kernel/bpf/verifier.c, `bpf_check_attach_target`,
 * Linux 6.18).
 */
export function attachTypeInBtf(attachType: AttachTypeName | undefined): AttachTypeInBtf {
  return (attachType && hooks[attachType]) ?? { prefix: '', kind: 'func' }
}

/**
 * The id of the type that a program is attached to, undefined for programs that are attached otherwise.
 *
 * @param kernelBtf The types of the kernel that the program is loaded into, whatever CO-RE relocations were resolved with.
 * @throws LoadError 'LOAD_ATTACH_TARGET_NOT_FOUND'
 */
export function findAttachBtfId(
  object: RelocatedObject,
  program: RelocatedProgram,
  kernelBtf: () => Btf,
): number | undefined {
  const { definition, suffix } = program.section
  const fail = (code: LoadErrorCode, found: string): LoadError => cannotLoad(object, program, code, found)
  if (!definition.traits.includes('attach-btf')) return undefined
  if (suffix === undefined) {
    throw fail(
      'LOAD_ATTACH_TARGET_NOT_FOUND',
      `its section name does not say what to attach to, as ${definition.prefix}/NAME does`,
    )
  }
  const { prefix, kind } = attachTypeInBtf(definition.attachType)
  const type = kernelBtf().find(`${prefix}${suffix}`, kind)
  if (type !== undefined) return type.id
  throw fail(
    'LOAD_ATTACH_TARGET_NOT_FOUND',
    `it is to be attached to ${suffix}, and the kernel's BTF has no ${kind} ${prefix}${suffix} (modules are not searched)`,
  )
}

function cannotLoad(
  object: RelocatedObject,
  { name, section }: RelocatedProgram,
  code: LoadErrorCode,
  found: string,
): LoadError {
  return new LoadError(
    code,
    `${object.fileName}: cannot load program ${name} of section ${section.name}: ${found}; set its autoload to false to leave it out`,
    { object: object.fileName, program: name, section: section.name },
  )
}

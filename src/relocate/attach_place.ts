import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { essentialName } from '../btf/essential_name.ts'
import { closestNames } from '../object/closest_names.ts'
import type { AttachTypeName } from '../object/section_definitions.ts'
import type { TypeSource } from './kernel_struct_ops.ts'

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

/** Where in the kernel's types a place was found. */
export interface FoundPlace {
  readonly id: TypeId
  /** The module that has it; undefined where vmlinux has it. */
  readonly module: string | undefined
}

/**
 * Looks for a place that programs of an attach type are attached to. vmlinux is searched first, then the modules in the order of
 * their loading; `module:name` names one module, as libbpf has it (`find_kernel_btf_id` in src/libbpf.c 1.6).
 */
export function findAttachPlace(
  written: string,
  attachType: AttachTypeName | undefined,
  kernel: TypeSource,
): FoundPlace | undefined {
  return search(wantedPlace(written, attachTypeInBtf(attachType)), kernel)
}

/** Of a place that was not found: what there is not, and what there is. */
export function describeMissingPlace(
  written: string,
  attachType: AttachTypeName | undefined,
  kernel: TypeSource,
): string {
  return missing(wantedPlace(written, attachTypeInBtf(attachType)), kernel)
}

interface WantedPlace extends AttachTypeInBtf {
  /** Without the prefix that it has in BTF. */
  readonly name: string
  readonly module: string | undefined
}

function wantedPlace(written: string, type: AttachTypeInBtf): WantedPlace {
  const colon = written.indexOf(':')
  return colon === -1
    ? { ...type, name: written, module: undefined }
    : { ...type, name: written.slice(colon + 1), module: written.slice(0, colon) }
}

function search({ prefix, kind, name, module }: WantedPlace, kernel: TypeSource): FoundPlace | undefined {
  const inBtf = `${prefix}${name}`
  if (module === undefined) {
    const type = kernel.vmlinux().find(inBtf, kind)
    if (type !== undefined) return { id: type.id, module: undefined }
  }
  for (const { name: each, btf } of kernel.modules()) {
    if (module !== undefined && module !== each) continue
    const ids = btf.ownIdsByEssentialName([essentialName(inBtf)]).get(essentialName(inBtf)) ?? []
    const id = ids.find((known) => btf.kind(known) === kind && btf.nameOf(known) === inBtf)
    if (id !== undefined) return { id, module: each }
  }
  return undefined
}

function missing({ prefix, kind, name, module }: WantedPlace, kernel: TypeSource): string {
  const what = `${kind} ${prefix}${name}`
  if (module !== undefined) {
    const btf = kernel.modules().find((each) => each.name === module)?.btf
    return btf === undefined
      ? `the kernel has no types of a module ${module}; is it loaded?`
      : `module ${module} has no ${what}${meant(btf, { prefix, kind }, name)}`
  }
  const modules = kernel.modules().length
  const searched = modules === 0 ? '' : `, nor has one of its ${modules} modules`
  return `the kernel's BTF has no ${what}${searched}${meant(kernel.vmlinux(), { prefix, kind }, name)}`
}

function meant(btf: Btf, { prefix, kind }: AttachTypeInBtf, written: string): string {
  const names = btf.idsOfKind(kind).map((id) => btf.nameOf(id))
  const known = names.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length))
  const close = closestNames(known.map((each) => ({ written, known: each, name: each })))
  return close.length === 0 ? '' : `; did you mean ${close.join(' or ')}?`
}

import type { loadProgram } from '../kernel/bpf_calls.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { structOpsAttachment, type StructOpsPlan } from '../relocate/plan_struct_ops.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import type { TypeSource } from '../relocate/kernel_struct_ops.ts'
import { findAttachBtfId } from './attach_btf_id.ts'
import { LoadError } from './load_error.ts'
import type { ModuleDescriptors } from './module_descriptors.ts'
import { findTargetFunction, type ProgramTarget } from './program_target.ts'

/** What programs can be verified for. */
export interface AttachTargets {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  /** Asked for where a program is attached by one of them. */
  readonly kernelTypes: TypeSource
  readonly structOps: readonly StructOpsPlan[]
  readonly modules: ModuleDescriptors
  /** By program. */
  readonly targets: Readonly<Record<string, ProgramTarget>>
}

/** Fields of BPF_PROG_LOAD. */
type AttachValues = Pick<
  Parameters<typeof loadProgram>[1],
  'attach_btf_id' | 'attach_btf_obj_fd' | 'attach_prog_fd' | 'expected_attach_type'
>

/**
 * What BPF_PROG_LOAD is told of the one place that a program is verified for: a function pointer of a struct_ops map, a
 * function of another BPF program, or a function or hook of the kernel. Other programs can be attached to any place of their
 * type.
 *
 * @throws LoadError 'LOAD_ATTACH_TARGET_NOT_FOUND', 'LOAD_PROGRAM_UNUSED'
 */
export function attachTargetOf(load: AttachTargets, program: RelocatedProgram): AttachValues {
  const { programType } = program.section.definition
  if (programType === 'BPF_PROG_TYPE_STRUCT_OPS') return structOpsValues(load, program)
  const target = Object.hasOwn(load.targets, program.name) ? load.targets[program.name] : undefined
  if (target !== undefined && 'program' in target) {
    return {
      attach_prog_fd: target.program.fd,
      attach_btf_id: findTargetFunction(load.kernel, load.object, program, target),
    }
  }
  if (programType === 'BPF_PROG_TYPE_EXT') throw noTarget(load.object, program)
  return placeInKernel(load, program, target?.place)
}

function placeInKernel(
  { object, kernelTypes, modules }: AttachTargets,
  program: RelocatedProgram,
  name: string | undefined,
): AttachValues {
  const found = findAttachBtfId(object, program, kernelTypes, name)
  if (found?.module === undefined) return { attach_btf_id: found?.id }
  const module = modules.fdOf(found.module, { kind: 'program', name: program.name })
  return { attach_btf_id: found.id, attach_btf_obj_fd: module }
}

function structOpsValues(
  { object, structOps, modules }: AttachTargets,
  program: RelocatedProgram,
): AttachValues {
  const attachment = structOpsAttachment(structOps, program.name)
  if (attachment === undefined) throw unused(object, program)
  const { type, module, member } = attachment
  return {
    attach_btf_id: type,
    expected_attach_type: member,
    ...(module === undefined
      ? {}
      : { attach_btf_obj_fd: modules.fdOf(module, { kind: 'program', name: program.name }) }),
  }
}

function unused({ fileName }: RelocatedObject, { name, section }: RelocatedProgram): LoadError {
  return new LoadError(
    'LOAD_PROGRAM_UNUSED',
    `${fileName}: cannot load program ${name} of section ${section.name}: no struct_ops map points to it, and the kernel ` +
      'verifies it for a function pointer of one; use it in a map, or set its autoload to false to leave it out',
    { object: fileName, program: name, section: section.name },
  )
}

function noTarget({ fileName }: RelocatedObject, { name, section }: RelocatedProgram): LoadError {
  return new LoadError(
    'LOAD_ATTACH_TARGET_NOT_FOUND',
    `${fileName}: cannot load program ${name} of section ${section.name}: it is to replace a function of another program, and ` +
      `it is not said of which; name it in the load option 'targets': { ${name}: { program } }, or set its autoload to false ` +
      'to leave it out',
    { object: fileName, program: name, section: section.name },
  )
}

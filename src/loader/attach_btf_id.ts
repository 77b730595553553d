import { describeMissingPlace, findAttachPlace, type FoundPlace } from '../relocate/attach_place.ts'
import type { TypeSource } from '../relocate/kernel_struct_ops.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { LoadError } from './load_error.ts'

/**
 * The type that a program is attached to, undefined for programs that are attached otherwise. vmlinux is searched first, then
 * the modules in the order of their loading; `module:name` names one module, as libbpf has it (`find_kernel_btf_id` in
 * src/libbpf.c 1.6).
 *
 * @param name What stands behind the slash in the section's name, or instead of it.
 * @throws LoadError 'LOAD_ATTACH_TARGET_NOT_FOUND', with the closest names
 */
export function findAttachBtfId(
  object: RelocatedObject,
  program: RelocatedProgram,
  kernel: TypeSource,
  name = program.section.suffix,
): FoundPlace | undefined {
  const { definition } = program.section
  if (!definition.traits.includes('attach-btf')) return undefined
  if (name === undefined) {
    const form = `its section name does not say what to attach to, as ${definition.prefix}/NAME does`
    throw cannotLoad(object, program, form)
  }
  const found = findAttachPlace(name, definition.attachType, kernel)
  if (found !== undefined) return found
  const missing = describeMissingPlace(name, definition.attachType, kernel)
  throw cannotLoad(object, program, `it is to be attached to ${name}, and ${missing}`)
}

function cannotLoad(object: RelocatedObject, { name, section }: RelocatedProgram, found: string): LoadError {
  return new LoadError(
    'LOAD_ATTACH_TARGET_NOT_FOUND',
    `${object.fileName}: cannot load program ${name} of section ${section.name}: ${found}; set its autoload to false to leave it out`,
    { object: object.fileName, program: name, section: section.name },
  )
}

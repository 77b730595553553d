import type { ObjectSpec } from './object_spec.ts'
import type { ProgramSpec } from './program_spec.ts'
import { isStructOpsProgram } from './struct_ops.ts'

/**
 * The programs that a load makes ready: those that have `autoload`; but a program of struct_ops maps goes by its maps,
 * whatever its `autoload` says. It is loaded if a map that is created points to it, and not if only maps that are left out
 * do, or if one that is created did and points elsewhere by now. libbpf has the same rules
 * (`bpf_object_adjust_struct_ops_autoload` in src/libbpf.c, 1.8).
 */
export function programsToLoad(spec: ObjectSpec): readonly ProgramSpec[] {
  const uses = usesOf(spec)
  return [...spec.programs.values()].filter((program) => {
    const use = isStructOpsProgram(program) ? uses.get(program.name) : undefined
    return use === undefined ? program.autoload : use === 'wanted'
  })
}

function usesOf({ maps }: ObjectSpec): ReadonlyMap<string, 'wanted' | 'unwanted'> {
  const uses = new Map<string, 'wanted' | 'unwanted'>()
  for (const { structOps, autocreate } of maps.values()) {
    if (structOps === undefined) continue
    const used = new Set(structOps.functions.values())
    const dropped = autocreate ? structOps.initial : used
    for (const program of dropped) if (!uses.has(program)) uses.set(program, 'unwanted')
    if (autocreate) for (const program of used) uses.set(program, 'wanted')
  }
  return uses
}

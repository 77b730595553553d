/**
 * The part of a type's name that CO-RE compares. A program may carry several versions of a kernel type, told apart by a
 * suffix after three underscores: `task_struct___v2` is a flavour of `task_struct`. Only three underscores between
 * other characters count, and the last such place cuts, as `bpf_core_essential_name_len` of tools/lib/bpf/relo_core.c
 * has it (Linux 6.18).
 */
export function essentialName(name: string): string {
  if (!name.includes('___')) return name
  for (let end = name.length - 4; end >= 1; end--) {
    if (isFlavourSeparator(name, end)) return name.slice(0, end)
  }
  return name
}

function isFlavourSeparator(name: string, at: number): boolean {
  return name.startsWith('___', at) && name[at - 1] !== '_' && name[at + 3] !== '_'
}

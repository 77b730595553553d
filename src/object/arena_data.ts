import { bpf_map_type } from '../abi/generated/bpf.ts'
import type { Btf } from '../btf/btf.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import { sectionNamed } from '../elf/lookup.ts'
import { type DataSection, readDataSection, requireModestSize } from './data_sections.ts'
import type { MapSpec } from './map_spec.ts'

/**
 * An arena is memory that programs and user space share; pointers into it may be stored in it, because both sides map it and
 * the kernel translates between the two addresses (kernel/bpf/arena.c, Linux 6.18). A variable that is declared with
 * `__arena`, `__attribute__((address_space(1)))`, lives there: clang puts it into the section `.addr_space.1`, constants and
 * zeros among them, and the loader copies the section into the arena. The object defines the arena itself, in `.maps`.
 */
export interface ArenaData extends DataSection {
  /** The arena that gets the section's contents; undefined where the object does not define exactly one. */
  readonly arena: string | undefined
}

/** libbpf calls it the same (`ARENA_SEC` in src/libbpf.c, 1.8). */
const ARENA_SECTION = '.addr_space.1'

/**
 * The section of variables in the arena, as a data section whose map is never created.
 *
 * @param maps Those that the object defines.
 * @returns undefined for an object without such variables.
 * @throws ObjectError 'OBJECT_UNSUPPORTED' for more than 256 MiB.
 */
export function readArenaData(
  elf: ElfFile,
  btf: Btf | undefined,
  maps: readonly MapSpec[],
): ArenaData | undefined {
  const section = sectionNamed(elf, ARENA_SECTION)
  if (section === undefined || section.size === 0) return undefined
  requireModestSize(elf, [section])
  const [arena, another] = maps.filter(isArena)
  return { ...readDataSection(section, btf), arena: another === undefined ? arena?.name : undefined }
}

export function isArena({ type }: { readonly type: number }): boolean {
  return type === bpf_map_type.BPF_MAP_TYPE_ARENA
}

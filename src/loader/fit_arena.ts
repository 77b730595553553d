import type { RelocatedMap, RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { LoadError } from './load_error.ts'

/** What the place of an arena's data depends on. */
export interface ArenaMachine {
  /** Bytes. */
  readonly pageSize: number
  /**
   * Whether an `ldimm64` may load an address from 512 MiB on in a map's value. Asked for only where an arena has data, since
   * it takes a program to find out.
   */
  readonly hasFullRangeOffsets: () => boolean
}

/** Bytes of an arena's memory: `max_entries` counts its pages (`arena_map_alloc` in kernel/bpf/arena.c, Linux 6.18). */
export function arenaSize({ maxEntries }: Pick<RelocatedMap, 'maxEntries'>, pageSize: number): number {
  return maxEntries * pageSize
}

/**
 * Places the `__arena` variables in their arena, and moves the references to them. They take the last pages, so that the
 * first one stays free and a null pointer points to no variable; on kernels that cannot load addresses so far behind they
 * take the first pages, whatever the arena's size. libbpf has them there too (`bpf_object__relocate` in src/libbpf.c).
 *
 * @throws LoadError 'LOAD_ARENA_TOO_SMALL'
 */
export function fitArena(object: RelocatedObject, machine: ArenaMachine): RelocatedObject {
  const { arenaData } = object
  const arena = object.maps.find(({ name, autocreate }) => name === arenaData?.arena && autocreate)
  if (arenaData === undefined || arena === undefined) return object
  const { pageSize } = machine
  const size = arenaSize(arena, pageSize)
  const dataSize = Math.ceil(arenaData.contents.length / pageSize) * pageSize
  if (dataSize > size) throw tooSmall(object, arena, dataSize / pageSize)
  const offset = machine.hasFullRangeOffsets() ? size - dataSize : 0
  return {
    ...object,
    arenaData: { ...arenaData, offset },
    programs: object.programs.map((program) => moveReferences(program, arena.name, offset)),
  }
}

function moveReferences(program: RelocatedProgram, arena: string, by: number): RelocatedProgram {
  const mapReferences = program.mapReferences.map((reference) =>
    reference.map === arena && reference.kind === 'value'
      ? { ...reference, offset: reference.offset + by }
      : reference,
  )
  return { ...program, mapReferences }
}

function tooSmall(object: RelocatedObject, { name, maxEntries }: RelocatedMap, pages: number): LoadError {
  return new LoadError(
    'LOAD_ARENA_TOO_SMALL',
    `${object.fileName}: cannot put the __arena variables into arena ${name}: they take ${pages} pages, and its max_entries ` +
      `are ${maxEntries}; raise max_entries`,
    { object: object.fileName, map: name },
  )
}

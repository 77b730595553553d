import { bpf_map_type } from '../abi/generated/bpf.ts'
import type { MapShape } from '../object/map_spec.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'

/** What sizes of maps depend on. */
export interface Machine {
  /** Bytes. */
  readonly pageSize: number
  /** How many cpus there can ever be; asked for only where a map needs to know. */
  readonly possibleCpus: () => number
}

/**
 * Gives the maps the sizes that this machine asks for: an object file can know neither the page size nor the number of
 * cpus. What is in the result is what the kernel is asked for.
 */
export function fitMaps(object: RelocatedObject, machine: Machine): RelocatedObject {
  const maps = object.maps.map((map) => ({
    ...map,
    ...fitMap(map, machine),
    innerMap: map.innerMap && { ...map.innerMap, ...fitMap(map.innerMap, machine) },
  }))
  return { ...object, maps }
}

/** The attributes that differ from what the object says. */
function fitMap(map: MapShape, machine: Machine): Partial<MapShape> {
  switch (map.type) {
    case bpf_map_type.BPF_MAP_TYPE_RINGBUF:
    case bpf_map_type.BPF_MAP_TYPE_USER_RINGBUF:
      // Records have no keys, and lengths of their own: a size is an error to the kernel (kernel/bpf/ringbuf.c, Linux 6.18).
      return { keySize: 0, valueSize: 0, maxEntries: ringSize(map.maxEntries, machine.pageSize) }
    case bpf_map_type.BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case bpf_map_type.BPF_MAP_TYPE_CPUMAP:
      return map.maxEntries === 0 ? { maxEntries: machine.possibleCpus() } : {}
    default:
      return {}
  }
}

/**
 * The kernel takes rings of a power-of-two number of pages. The next larger one holds what was asked for; none stays none,
 * so that a size that was forgotten is an error, and so does one that no such number reaches. libbpf rounds alike
 * (`adjust_ringbuf_sz` in src/libbpf.c 1.6).
 */
export function ringSize(bytes: number, pageSize: number): number {
  if (bytes === 0) return 0
  for (let size = pageSize; size <= 0xffff_ffff; size *= 2) if (size >= bytes) return size
  return bytes
}

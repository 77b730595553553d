import { createMap, type MapOptions } from '../../src/maps/create_map.ts'
import { type MapKind, mapKindFacts } from '../../src/maps/map_kind.ts'
import type { MapOf } from '../../src/maps/maps_by_kind.ts'
import { featureTest, type kernelTest } from './require.ts'

/** A map of each kind, as small as it can be. */
const smallest: Readonly<Record<MapKind, Partial<Omit<MapOptions<MapKind>, 'type'>>>> = {
  hash: { keySize: 4, valueSize: 8, maxEntries: 8 },
  array: { valueSize: 8, maxEntries: 8 },
  prog_array: { maxEntries: 8 },
  perf_event_array: {},
  percpu_hash: { keySize: 4, valueSize: 4, maxEntries: 8 },
  percpu_array: { valueSize: 4, maxEntries: 8 },
  stack_trace: { maxEntries: 8 },
  cgroup_array: { maxEntries: 8 },
  lru_hash: { keySize: 4, valueSize: 8, maxEntries: 8 },
  lru_percpu_hash: { keySize: 4, valueSize: 4, maxEntries: 8 },
  lpm_trie: { keySize: 8, valueSize: 8, maxEntries: 8 },
  array_of_maps: { maxEntries: 8 },
  hash_of_maps: { keySize: 4, maxEntries: 8 },
  devmap: { maxEntries: 8 },
  sockmap: { maxEntries: 8 },
  cpumap: {},
  xskmap: { maxEntries: 8 },
  sockhash: { keySize: 4, maxEntries: 8 },
  cgroup_storage: { keySize: 8, valueSize: 8 },
  reuseport_sockarray: { maxEntries: 8 },
  percpu_cgroup_storage: { keySize: 8, valueSize: 8 },
  queue: { valueSize: 8, maxEntries: 3 },
  stack: { valueSize: 8, maxEntries: 3 },
  sk_storage: { valueSize: 8 },
  devmap_hash: { keySize: 4, maxEntries: 8 },
  struct_ops: {},
  ringbuf: { maxEntries: 64 * 1024 },
  inode_storage: { valueSize: 8 },
  task_storage: { valueSize: 8 },
  bloom_filter: { valueSize: 8, maxEntries: 100 },
  user_ringbuf: { maxEntries: 64 * 1024 },
  cgrp_storage: { valueSize: 8 },
  arena: { maxEntries: 1 },
  insn_array: { maxEntries: 8 },
  rhash: { keySize: 4, valueSize: 8, maxEntries: 8 },
}

/** Options without which a kernel does not have the kind. */
const configs: Readonly<Partial<Record<MapKind, readonly string[]>>> = {
  prog_array: ['CONFIG_BPF_SYSCALL'],
  perf_event_array: ['CONFIG_PERF_EVENTS'],
  stack_trace: ['CONFIG_PERF_EVENTS'],
  cgroup_array: ['CONFIG_CGROUPS'],
  cgroup_storage: ['CONFIG_CGROUP_BPF'],
  percpu_cgroup_storage: ['CONFIG_CGROUP_BPF'],
  cgrp_storage: ['CONFIG_CGROUPS'],
  inode_storage: ['CONFIG_BPF_LSM'],
  task_storage: ['CONFIG_BPF_LSM'],
  devmap: ['CONFIG_NET'],
  devmap_hash: ['CONFIG_NET'],
  cpumap: ['CONFIG_NET'],
  sockmap: ['CONFIG_INET', 'CONFIG_NET_SOCK_MSG'],
  sockhash: ['CONFIG_INET', 'CONFIG_NET_SOCK_MSG'],
  reuseport_sockarray: ['CONFIG_INET'],
  sk_storage: ['CONFIG_NET'],
  xskmap: ['CONFIG_XDP_SOCKETS'],
}

/** A small map of a kind. */
export function smallMap<Kind extends MapKind>(
  type: Kind,
  changes: Partial<Omit<MapOptions<Kind>, 'type'>> = {},
): MapOf<Kind> {
  if (type !== 'array_of_maps' && type !== 'hash_of_maps')
    return createMap({ type, ...smallest[type], ...changes })
  using inner = createMap({ type: 'array', valueSize: 8, maxEntries: 1 })
  return createMap({ type, ...smallest[type], innerMap: inner, ...changes })
}

/** Tests of a kind of map: they run where the kernel has it. */
export function mapTest(kind: MapKind): ReturnType<typeof kernelTest> {
  return featureTest({
    name: `${kind} maps`,
    since: mapKindFacts(kind).since,
    config: configs[kind] ?? [],
    whyNot: () => {
      smallMap(kind).close()
      return undefined
    },
  })
}

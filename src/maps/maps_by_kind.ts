import type { ArrayMap } from './array_map.ts'
import type { BloomFilter } from './bloom_filter.ts'
import type { DescriptorMap, ReadableDescriptorMap } from './descriptor_map.ts'
import type { HashMap } from './hash_map.ts'
import type { MapKind } from './map_kind.ts'
import type { OpaqueMap } from './map_view.ts'
import type { MapViews } from './map_views.ts'
import type { Queue } from './queue.ts'
import type { CpuMap, DeviceMap } from './redirect_map.ts'
import type { StackTraceMap } from './stack_trace_map.ts'
import type { PathOwner, SocketOwner, StorageMap, TaskOwner } from './storage_map.ts'

/** The handle of each kind of map. */
interface MapsByKind<Key, Value> {
  readonly hash: HashMap<Key, Value>
  readonly array: ArrayMap<Value>
  readonly prog_array: ReadableDescriptorMap<number>
  readonly perf_event_array: DescriptorMap<number>
  readonly percpu_hash: HashMap<Key, readonly Value[]>
  readonly percpu_array: ArrayMap<readonly Value[]>
  readonly stack_trace: StackTraceMap
  readonly cgroup_array: DescriptorMap<number>
  readonly lru_hash: HashMap<Key, Value>
  readonly lru_percpu_hash: HashMap<Key, readonly Value[]>
  readonly lpm_trie: HashMap<Key, Value>
  readonly array_of_maps: ReadableDescriptorMap<number>
  readonly hash_of_maps: ReadableDescriptorMap<Key>
  readonly devmap: DeviceMap
  readonly sockmap: ReadableDescriptorMap<number>
  readonly cpumap: CpuMap
  readonly xskmap: DescriptorMap<number>
  readonly sockhash: ReadableDescriptorMap<Key>
  readonly cgroup_storage: HashMap<Key, Value>
  readonly reuseport_sockarray: ReadableDescriptorMap<number>
  readonly percpu_cgroup_storage: HashMap<Key, readonly Value[]>
  readonly queue: Queue<Value>
  readonly stack: Queue<Value>
  readonly sk_storage: StorageMap<Value, SocketOwner>
  readonly devmap_hash: DeviceMap
  readonly struct_ops: OpaqueMap
  readonly ringbuf: OpaqueMap
  readonly inode_storage: StorageMap<Value, PathOwner>
  readonly task_storage: StorageMap<Value, TaskOwner>
  readonly bloom_filter: BloomFilter<Value>
  readonly user_ringbuf: OpaqueMap
  readonly cgrp_storage: StorageMap<Value, PathOwner>
  readonly arena: OpaqueMap
  readonly insn_array: OpaqueMap
  readonly rhash: HashMap<Key, Value>
}

/** The handle of a map of this kind, by default with bytes for keys and values. */
export type MapOf<Kind extends MapKind, Key = Uint8Array, Value = Uint8Array> = MapsByKind<Key, Value>[Kind]

type ByteViews = {
  readonly [Kind in MapKind]: (views: MapViews) => MapOf<Kind>
}

const hash = (views: MapViews): MapOf<'hash'> => views.hash()
const perCpuHash = (views: MapViews): MapOf<'percpu_hash'> => views.perCpuHash()
const descriptors = (views: MapViews): DescriptorMap<number> => views.descriptorArray()
const sockets = (views: MapViews): ReadableDescriptorMap<number> => views.socketArray()
const queue = (views: MapViews): MapOf<'queue'> => views.queue()
const opaque = (views: MapViews): OpaqueMap => views.opaque()

const byteViews: ByteViews = {
  hash,
  array: (views) => views.array(),
  prog_array: (views) => views.progArray(),
  perf_event_array: descriptors,
  percpu_hash: perCpuHash,
  percpu_array: (views) => views.perCpuArray(),
  stack_trace: (views) => views.stackTraces(),
  cgroup_array: descriptors,
  lru_hash: hash,
  lru_percpu_hash: perCpuHash,
  lpm_trie: (views) => views.lpmTrie(),
  array_of_maps: (views) => views.arrayOfMaps(),
  hash_of_maps: (views) => views.hashOfMaps(),
  devmap: (views) => views.devices(),
  sockmap: sockets,
  cpumap: (views) => views.cpus(),
  xskmap: descriptors,
  sockhash: (views) => views.socketHash(),
  cgroup_storage: hash,
  reuseport_sockarray: sockets,
  percpu_cgroup_storage: perCpuHash,
  queue,
  stack: queue,
  sk_storage: (views) => views.socketStorage(),
  devmap_hash: (views) => views.devices(),
  struct_ops: opaque,
  ringbuf: opaque,
  inode_storage: (views) => views.inodeStorage(),
  task_storage: (views) => views.taskStorage(),
  bloom_filter: (views) => views.bloomFilter(),
  user_ringbuf: opaque,
  cgrp_storage: (views) => views.cgroupStorage(),
  arena: opaque,
  insn_array: opaque,
  rhash: hash,
}

/** The handle with bytes of a map without BTF. @throws MapError 'MAP_WRONG_TYPE' for a map of another kind */
export function byteViewOf<Kind extends MapKind>(kind: Kind, views: MapViews): MapOf<Kind> {
  return byteViews[kind](views)
}

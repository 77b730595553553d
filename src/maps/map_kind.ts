import { bpf_map_type as types } from '../abi/generated/bpf.ts'
import type { KernelVersion } from '../kernel/kernel_version.ts'

/** What can be asked of a map's entries; `take` is to look up and delete at once. */
export type MapOperation = 'lookup' | 'update' | 'delete' | 'take' | 'keys'

interface KindFacts {
  /** `enum bpf_map_type`. */
  readonly type: number
  /** The release that brought it. */
  readonly since: KernelVersion
  /** What the kernel has for user space; anything else it refuses, with one of half a dozen errnos. */
  readonly operations: readonly MapOperation[]
  /** What to do instead of what there is not. */
  readonly advice?: string
}

const ALL: readonly MapOperation[] = ['lookup', 'update', 'delete', 'take', 'keys']
const ALL_BUT_TAKE: readonly MapOperation[] = ['lookup', 'update', 'delete', 'keys']
const PERMANENT: readonly MapOperation[] = ['lookup', 'update', 'keys']
const UNREADABLE: readonly MapOperation[] = ['update', 'delete', 'keys']
const BY_OWNER: readonly MapOperation[] = ['lookup', 'update', 'delete']

const ALWAYS_THERE = 'its entries are always there; update them with zeros'

/**
 * The kinds of maps, by the names that bpftool and libbpf give them. The operations are those of each type's
 * `struct bpf_map_ops` that bpf(2) reaches (kernel/bpf/syscall.c and the files of the types, Linux 6.18; newer types as Linux 7.2
 * answers).
 */
const KINDS = {
  hash: { type: types.BPF_MAP_TYPE_HASH, since: [3, 19], operations: ALL },
  array: { type: types.BPF_MAP_TYPE_ARRAY, since: [3, 19], operations: PERMANENT, advice: ALWAYS_THERE },
  prog_array: { type: types.BPF_MAP_TYPE_PROG_ARRAY, since: [4, 2], operations: ALL_BUT_TAKE },
  perf_event_array: { type: types.BPF_MAP_TYPE_PERF_EVENT_ARRAY, since: [4, 3], operations: UNREADABLE },
  percpu_hash: { type: types.BPF_MAP_TYPE_PERCPU_HASH, since: [4, 6], operations: ALL },
  percpu_array: {
    type: types.BPF_MAP_TYPE_PERCPU_ARRAY,
    since: [4, 6],
    operations: PERMANENT,
    advice: ALWAYS_THERE,
  },
  stack_trace: {
    type: types.BPF_MAP_TYPE_STACK_TRACE,
    since: [4, 6],
    operations: ['lookup', 'delete', 'take', 'keys'],
    advice: 'only programs store stacks, with bpf_get_stackid()',
  },
  cgroup_array: { type: types.BPF_MAP_TYPE_CGROUP_ARRAY, since: [4, 8], operations: UNREADABLE },
  lru_hash: { type: types.BPF_MAP_TYPE_LRU_HASH, since: [4, 10], operations: ALL },
  lru_percpu_hash: { type: types.BPF_MAP_TYPE_LRU_PERCPU_HASH, since: [4, 10], operations: ALL },
  lpm_trie: { type: types.BPF_MAP_TYPE_LPM_TRIE, since: [4, 11], operations: ALL_BUT_TAKE },
  array_of_maps: { type: types.BPF_MAP_TYPE_ARRAY_OF_MAPS, since: [4, 12], operations: ALL_BUT_TAKE },
  hash_of_maps: { type: types.BPF_MAP_TYPE_HASH_OF_MAPS, since: [4, 12], operations: ALL_BUT_TAKE },
  devmap: { type: types.BPF_MAP_TYPE_DEVMAP, since: [4, 14], operations: ALL_BUT_TAKE },
  sockmap: { type: types.BPF_MAP_TYPE_SOCKMAP, since: [4, 14], operations: ALL_BUT_TAKE },
  cpumap: { type: types.BPF_MAP_TYPE_CPUMAP, since: [4, 15], operations: ALL_BUT_TAKE },
  xskmap: { type: types.BPF_MAP_TYPE_XSKMAP, since: [4, 18], operations: UNREADABLE },
  sockhash: { type: types.BPF_MAP_TYPE_SOCKHASH, since: [4, 18], operations: ALL_BUT_TAKE },
  cgroup_storage: {
    type: types.BPF_MAP_TYPE_CGROUP_STORAGE,
    since: [4, 19],
    operations: PERMANENT,
    advice: 'its entries go with their cgroup',
  },
  reuseport_sockarray: {
    type: types.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
    since: [4, 19],
    operations: ALL_BUT_TAKE,
  },
  percpu_cgroup_storage: {
    type: types.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
    since: [4, 20],
    operations: PERMANENT,
    advice: 'its entries go with their cgroup',
  },
  queue: { type: types.BPF_MAP_TYPE_QUEUE, since: [4, 20], operations: ['lookup', 'update', 'take'] },
  stack: { type: types.BPF_MAP_TYPE_STACK, since: [4, 20], operations: ['lookup', 'update', 'take'] },
  sk_storage: { type: types.BPF_MAP_TYPE_SK_STORAGE, since: [5, 2], operations: BY_OWNER },
  devmap_hash: { type: types.BPF_MAP_TYPE_DEVMAP_HASH, since: [5, 4], operations: ALL_BUT_TAKE },
  struct_ops: { type: types.BPF_MAP_TYPE_STRUCT_OPS, since: [5, 6], operations: ALL_BUT_TAKE },
  ringbuf: {
    type: types.BPF_MAP_TYPE_RINGBUF,
    since: [5, 8],
    operations: [],
    advice: 'read its records with ringBuffer() of the loaded object',
  },
  inode_storage: { type: types.BPF_MAP_TYPE_INODE_STORAGE, since: [5, 10], operations: BY_OWNER },
  task_storage: { type: types.BPF_MAP_TYPE_TASK_STORAGE, since: [5, 11], operations: BY_OWNER },
  bloom_filter: {
    type: types.BPF_MAP_TYPE_BLOOM_FILTER,
    since: [5, 16],
    operations: ['lookup', 'update'],
    advice: 'what was added stays, and cannot be listed',
  },
  user_ringbuf: {
    type: types.BPF_MAP_TYPE_USER_RINGBUF,
    since: [6, 1],
    operations: [],
    advice: 'records are put into it, which programs drain',
  },
  cgrp_storage: { type: types.BPF_MAP_TYPE_CGRP_STORAGE, since: [6, 2], operations: BY_OWNER },
  arena: {
    type: types.BPF_MAP_TYPE_ARENA,
    since: [6, 9],
    operations: [],
    advice: 'it is memory, whose variables are among the globals of the loaded object',
  },
  insn_array: {
    type: types.BPF_MAP_TYPE_INSN_ARRAY,
    since: [6, 19],
    operations: PERMANENT,
    advice: 'it is a jump table of a program, and made when the program is loaded',
  },
  rhash: { type: types.BPF_MAP_TYPE_RHASH, since: [7, 2], operations: ALL },
} as const satisfies Readonly<Record<string, KindFacts>>

/** A kind of map, as bpftool and libbpf call it. */
export type MapKind = keyof typeof KINDS

/** Of a type that came with a newer kernel: what can be done with it, only the kernel knows. */
export type AnyMapKind = MapKind | 'unknown'

const kindsByType: ReadonlyMap<number, MapKind> = new Map(mapKinds().map((kind) => [KINDS[kind].type, kind]))

/** All kinds, in the order of their numbers. */
export function mapKinds(): readonly MapKind[] {
  return Object.keys(KINDS).filter(isMapKind)
}

function isMapKind(name: string): name is MapKind {
  return Object.hasOwn(KINDS, name)
}

/** The kind of a type of `enum bpf_map_type`. */
export function mapKindOf(type: number): AnyMapKind {
  return kindsByType.get(type) ?? 'unknown'
}

/** What is known of a kind. */
export function mapKindFacts(kind: MapKind): KindFacts {
  return KINDS[kind]
}

/**
 * Kinds that hold a value for every possible cpu. For them the kernel copies the size of a value, rounded up to 8 bytes,
 * times the number of possible cpus (`bpf_map_value_size` in kernel/bpf/syscall.c, Linux 6.18).
 */
const perCpuKinds: ReadonlySet<AnyMapKind> = new Set([
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'percpu_cgroup_storage',
])

export function isPerCpu(kind: AnyMapKind): boolean {
  return perCpuKinds.has(kind)
}

/**
 * Kinds whose values are descriptors when they are stored and ids when they are looked up: 4 bytes, whatever the map says
 * (`IS_FD_MAP` in kernel/bpf/syscall.c, Linux 6.18).
 */
const fdKinds: ReadonlySet<AnyMapKind> = new Set([
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'hash_of_maps',
])

/** Bytes that the kernel copies for one value. @param possibleCpus Asked only where there is a value for each. */
export function copiedValueSize(kind: AnyMapKind, valueSize: number, possibleCpus: () => number): number {
  if (isPerCpu(kind)) return perCpuStride(valueSize) * possibleCpus()
  return fdKinds.has(kind) ? 4 : valueSize
}

/** Bytes from one cpu's value to the next one's. */
export function perCpuStride(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8
}

/** Kinds whose keys are indices; the key behind one is the next index, or for stacks the next one that is in use. */
const indexedKinds: ReadonlySet<AnyMapKind> = new Set([
  'array',
  'percpu_array',
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'devmap',
  'cpumap',
  'xskmap',
  'sockmap',
  'reuseport_sockarray',
  'stack_trace',
  'insn_array',
])

export function isIndexed(kind: AnyMapKind): boolean {
  return indexedKinds.has(kind)
}

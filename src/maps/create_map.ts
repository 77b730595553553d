import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import { objectName } from '../abi/object_name.ts'
import { VOID } from '../base/units.ts'
import { BtfBuilder } from '../btf/encoder.ts'
import { createMap as requestMap, loadBtf } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { isBefore, readKernelVersion } from '../kernel/kernel_version.ts'
import { openKernel } from '../kernel/linux.ts'
import { memlockKernel } from '../kernel/memlock.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { BpfMap, type HeldMapAttributes } from './bpf_map.ts'
import { type DescriptorHolder, descriptorOf } from './descriptor_map.ts'
import { possibleCpus } from './map_access.ts'
import { MapError } from './map_error.ts'
import { type MapKind, mapKindFacts } from './map_kind.ts'
import { byteViewOf, type MapOf } from './maps_by_kind.ts'

const { BPF_F_NO_PREALLOC, BPF_F_NUMA_NODE } = bpf_map_create_flags

/** What a map is to be made of. Sizes that a kind leaves no choice of may be left out. */
export interface MapOptions<Kind extends MapKind> {
  readonly type: Kind
  /** The kernel keeps 15 bytes of it. Default: the type's name. */
  readonly name?: string | undefined
  /** Bytes. */
  readonly keySize?: number | undefined
  /** Bytes. */
  readonly valueSize?: number | undefined
  /** Default: one for every possible cpu in a perf_event_array and a cpumap. */
  readonly maxEntries?: number | undefined
  /** `BPF_F_*` bits of BPF_MAP_CREATE. Those without which the kernel refuses the kind are added. */
  readonly flags?: number | undefined
  /** Bloom filter: how many hash functions. Arena: its address. */
  readonly mapExtra?: bigint | undefined
  /** The node that its memory is to be on. */
  readonly numaNode?: number | undefined
  /** For a map of maps: one like those that it is to hold. */
  readonly innerMap?: DescriptorHolder | undefined
  /** Default: the running one. */
  readonly kernel?: Kernel | undefined
}

interface Defaults {
  readonly keySize?: number
  readonly valueSize?: number
  readonly maxEntries?: (kernel: Kernel) => number
  readonly flags?: number
}

const NO_ENTRIES = { keySize: 0, valueSize: 0 }
/** bpf_local_storage_map_alloc_check in kernel/bpf/bpf_local_storage.c, Linux 6.18. */
const STORAGE = { keySize: 4, maxEntries: () => 0, flags: BPF_F_NO_PREALLOC }
/** Eight bytes of value, so that a socket's cookie can be looked up. */
const SOCKETS = { keySize: 4, valueSize: 8 }
const DESCRIPTORS = { keySize: 4, valueSize: 4 }
/** With room for a program behind the interface or the size of the queue. */
const REDIRECTS = { keySize: 4, valueSize: 8 }
/** PERF_MAX_STACK_DEPTH of include/uapi/linux/perf_event.h, addresses of 8 bytes. */
const STACK_BYTES = 127 * 8

/** `struct bpf_insn_array_value` (include/uapi/linux/bpf.h, Linux 6.19). */
const INSNS = { keySize: 4, valueSize: 16 }

/** What the kernel insists on, or what is usual. */
const defaults: Readonly<Partial<Record<MapKind, Defaults>>> = {
  array: { keySize: 4 },
  percpu_array: { keySize: 4 },
  prog_array: DESCRIPTORS,
  perf_event_array: { ...DESCRIPTORS, maxEntries: possibleCpus },
  cgroup_array: DESCRIPTORS,
  array_of_maps: DESCRIPTORS,
  hash_of_maps: { valueSize: 4 },
  xskmap: DESCRIPTORS,
  stack_trace: { keySize: 4, valueSize: STACK_BYTES },
  lpm_trie: { flags: BPF_F_NO_PREALLOC },
  rhash: { flags: BPF_F_NO_PREALLOC },
  insn_array: INSNS,
  devmap: REDIRECTS,
  devmap_hash: REDIRECTS,
  cpumap: { ...REDIRECTS, maxEntries: possibleCpus },
  sockmap: SOCKETS,
  sockhash: { valueSize: 8 },
  reuseport_sockarray: SOCKETS,
  cgroup_storage: { maxEntries: () => 0 },
  percpu_cgroup_storage: { maxEntries: () => 0 },
  queue: { keySize: 0 },
  stack: { keySize: 0 },
  bloom_filter: { keySize: 0 },
  ringbuf: NO_ENTRIES,
  user_ringbuf: NO_ENTRIES,
  arena: { ...NO_ENTRIES, flags: bpf_map_create_flags.BPF_F_MMAPABLE },
  sk_storage: STORAGE,
  inode_storage: STORAGE,
  task_storage: STORAGE,
  cgrp_storage: STORAGE,
}

/** Kinds that the kernel creates with types of keys and values only; it asks for an int as key. */
const typedKinds: ReadonlySet<MapKind> = new Set([
  'sk_storage',
  'inode_storage',
  'task_storage',
  'cgrp_storage',
])

/**
 * Creates a map without an object, and gives a handle of its kind, with keys and values as bytes.
 *
 *     using counts = createMap({ type: 'hash', keySize: 4, valueSize: 8, maxEntries: 1024 })
 *     counts.update(key, value)
 *
 * @throws MapError 'MAP_REFUSED'; PermissionError; AbiError for a size or count that is no 32-bit number
 */
export function createMap<Kind extends MapKind>(options: MapOptions<Kind>): MapOf<Kind> {
  const kernel = options.kernel ?? openKernel()
  const attributes = attributesOf(kernel, options)
  const descriptor = requestOrExplain(kernel, options, attributes)
  const map = new BpfMap(kernel, descriptor, attributes)
  return byteViewOf(options.type, map.as)
}

function attributesOf<Kind extends MapKind>(kernel: Kernel, options: MapOptions<Kind>): HeldMapAttributes {
  const { keySize = 0, valueSize = 0, maxEntries, flags = 0 } = defaults[options.type] ?? {}
  return {
    name: options.name ?? options.type,
    type: mapKindFacts(options.type).type,
    keySize: options.keySize ?? keySize,
    valueSize: options.valueSize ?? valueSize,
    maxEntries: options.maxEntries ?? maxEntries?.(kernel) ?? 0,
    flags: (options.flags ?? 0) | flags | (options.numaNode === undefined ? 0 : BPF_F_NUMA_NODE),
    numaNode: options.numaNode ?? 0,
    mapExtra: options.mapExtra ?? 0n,
    keyType: VOID,
    valueType: VOID,
  }
}

function requestOrExplain<Kind extends MapKind>(
  kernel: Kernel,
  { type, innerMap }: MapOptions<Kind>,
  attributes: HeldMapAttributes,
): FileDescriptor {
  const { name, keySize, valueSize, maxEntries, flags, numaNode, mapExtra } = attributes
  // Before Linux 5.11 the limit of locked memory may be why a map is refused; a kernel that wraps this one raises it.
  const requesting = memlockKernel(kernel)
  try {
    using types = typedKinds.has(type) ? loadStorageTypes(requesting, valueSize) : undefined
    return requestMap(requesting, {
      map_type: attributes.type,
      key_size: keySize,
      value_size: valueSize,
      max_entries: maxEntries,
      map_flags: flags,
      inner_map_fd: innerMap === undefined ? undefined : descriptorOf(innerMap),
      numa_node: numaNode,
      map_name: objectName(name),
      map_extra: mapExtra,
      ...(types === undefined
        ? {}
        : { btf_fd: types.fd, btf_key_type_id: STORAGE_KEY, btf_value_type_id: STORAGE_VALUE }),
    })
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    throw permissionErrorFor(error) ?? refusal(type, attributes, error)
  }
}

const STORAGE_KEY = 1
const STORAGE_VALUE = 3

/** An int, and as many bytes as a value has. */
function loadStorageTypes(kernel: Kernel, valueSize: number): FileDescriptor {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  const byte = builder.addInt('unsigned char', 1)
  builder.addArray(byte, int, valueSize)
  const btf = builder.finish({ endianness: 'little' })
  return loadBtf(kernel, { btf, btf_size: btf.length })
}

/** What each kind asks for beyond sizes and a count; the kernel answers EINVAL to everything. */
const demands: Readonly<Partial<Record<MapKind, string>>> = {
  lpm_trie: 'its keys have 5 to 260 bytes, the first 4 of them for the length of the prefix',
  ringbuf: 'its maxEntries are bytes, a power of 2 and a multiple of the page size',
  user_ringbuf: 'its maxEntries are bytes, a power of 2 and a multiple of the page size',
  array_of_maps: 'it needs an innerMap, which is no map of maps itself',
  hash_of_maps: 'it needs an innerMap, which is no map of maps itself',
  stack_trace: 'its values have 8 bytes for each of at most 127 addresses',
  arena: 'its maxEntries are pages, and it takes no sizes',
  cgroup_storage: 'its keys have 8 or 16 bytes',
  percpu_cgroup_storage: 'its keys have 8 or 16 bytes',
  cpumap: 'its values have 4 or 8 bytes',
  devmap: 'its values have 4 or 8 bytes',
  devmap_hash: 'its values have 4 or 8 bytes',
  sockmap: 'its values have 4 or 8 bytes',
  sockhash: 'its values have 4 or 8 bytes',
  struct_ops: 'it is made by loadObject() from an object that defines it',
}

function refusal(kind: MapKind, attributes: HeldMapAttributes, cause: SyscallError): MapError {
  const { since } = mapKindFacts(kind)
  const version = readKernelVersion()
  const { name, keySize, valueSize, maxEntries, flags } = attributes
  const asked =
    `key_size ${keySize}, value_size ${valueSize}, max_entries ${maxEntries}` +
    (flags === 0 ? '' : `, flags 0x${flags.toString(16)}`)
  const isTooOld = version !== undefined && isBefore(version, since)
  const why = isTooOld
    ? `maps of kind ${kind} came with Linux ${since.join('.')}, and this is ${version.join('.')}`
    : (demands[kind] ?? 'sizes and count are to be more than 0')
  return new MapError(
    'MAP_REFUSED',
    `cannot create map ${name} of kind ${kind} (${asked}): ${cause.message}; ${why}`,
    { map: name, cause },
  )
}

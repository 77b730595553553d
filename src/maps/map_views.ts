import { VOID } from '../base/units.ts'
import { ArrayMap } from './array_map.ts'
import { BloomFilter } from './bloom_filter.ts'
import type { BpfMap, MapTypes } from './bpf_map.ts'
import { DescriptorMap, descriptorCodec, ReadableDescriptorMap } from './descriptor_map.ts'
import { Elements } from './elements.ts'
import { HashMap } from './hash_map.ts'
import { possibleCpus } from './map_access.ts'
import { btfCodec, bytesCodec, indexCodec, type MapCodec, perCpuCodec } from './map_codec.ts'
import { MapError } from './map_error.ts'
import type { MapKind } from './map_kind.ts'
import { OpaqueMap } from './map_view.ts'
import { Queue } from './queue.ts'
import { CpuMap, DeviceMap, redirectCodec } from './redirect_map.ts'
import { StackTraceMap } from './stack_trace_map.ts'
import { type PathOwner, type SocketOwner, StorageMap, type TaskOwner } from './storage_map.ts'

/**
 * The handles of a map by its kind. Each throws MapError 'MAP_WRONG_TYPE' for a map of another kind.
 *
 * Keys and values are of the types that BTF has for them, as the table in src/btf/value.ts says, and bytes (Uint8Array) where
 * there is no BTF; the type parameters are what the caller expects them to be.
 */
export class MapViews {
  readonly #map: BpfMap
  readonly #types: MapTypes

  constructor(map: BpfMap, types: MapTypes) {
    this.#map = map
    this.#types = types
  }

  /** A hash, LRU hash or resizable hash; also the cgroup storage of before Linux 6.2, whose keys are structs. */
  hash<Key = unknown, Value = unknown>(): HashMap<Key, Value> {
    this.#require('a hash', ['hash', 'lru_hash', 'rhash', 'cgroup_storage'])
    return this.#hashOf(this.#codec<Value>('value'))
  }

  /** A hash with a value for every possible cpu: values are arrays of as many. */
  perCpuHash<Key = unknown, Value = unknown>(): HashMap<Key, readonly Value[]> {
    this.#require('a hash with a value for every cpu', [
      'percpu_hash',
      'lru_percpu_hash',
      'percpu_cgroup_storage',
    ])
    return this.#hashOf(this.#perCpu<Value>())
  }

  /** A longest-prefix trie; keys are a u32, the prefix's length in bits, and behind it the bytes that it is a prefix of. */
  lpmTrie<Key = unknown, Value = unknown>(): HashMap<Key, Value> {
    this.#require('a trie', ['lpm_trie'])
    return this.#hashOf(this.#codec<Value>('value'))
  }

  array<Value = unknown>(): ArrayMap<Value> {
    this.#require('an array', ['array'])
    return this.#arrayOf(this.#codec<Value>('value'))
  }

  /** An array with a value for every possible cpu: values are arrays of as many. */
  perCpuArray<Value = unknown>(): ArrayMap<readonly Value[]> {
    this.#require('an array with a value for every cpu', ['percpu_array'])
    return this.#arrayOf(this.#perCpu<Value>())
  }

  /** A queue or a stack. */
  queue<Value = unknown>(): Queue<Value> {
    this.#require('a queue or stack', ['queue', 'stack'])
    const noKey = bytesCodec(0, { what: 'key', map: this.#map.name })
    return new Queue(this.#map, new Elements(this.#map.access, noKey, this.#codec<Value>('value')))
  }

  bloomFilter<Value = unknown>(): BloomFilter<Value> {
    this.#require('a bloom filter', ['bloom_filter'])
    return new BloomFilter(this.#map, this.#codec<Value>('value'))
  }

  /** An array of maps: it takes maps, and tells their ids. */
  arrayOfMaps(): ReadableDescriptorMap<number> {
    this.#require('an array of maps', ['array_of_maps'])
    return this.#readable(this.#index())
  }

  /** A hash of maps: it takes maps, and tells their ids. */
  hashOfMaps<Key = unknown>(): ReadableDescriptorMap<Key> {
    this.#require('a hash of maps', ['hash_of_maps'])
    return this.#readable(this.#codec<Key>('key'))
  }

  /** A prog array, for tail calls: it takes programs, and tells their ids. */
  progArray(): ReadableDescriptorMap<number> {
    this.#require('a prog array', ['prog_array'])
    return this.#readable(this.#index())
  }

  /** Takes perf events, or cgroups. Neither tells what is in it. */
  descriptorArray(): DescriptorMap<number> {
    this.#require('an array of perf events, cgroups or AF_XDP sockets', [
      'perf_event_array',
      'cgroup_array',
      'xskmap',
    ])
    return new DescriptorMap(this.#map, this.#descriptors(this.#index()))
  }

  /** A sockmap or an array of sockets for SO_REUSEPORT: it takes sockets, and tells their cookies if its values have 8 bytes. */
  socketArray(): ReadableDescriptorMap<number> {
    this.#require('an array of sockets', ['sockmap', 'reuseport_sockarray'])
    return this.#readable(this.#index())
  }

  /** A sockhash: as `socketArray`, with keys. */
  socketHash<Key = unknown>(): ReadableDescriptorMap<Key> {
    this.#require('a hash of sockets', ['sockhash'])
    return this.#readable(this.#codec<Key>('key'))
  }

  /** A devmap or devmap_hash. */
  devices(): DeviceMap {
    this.#require('a devmap', ['devmap', 'devmap_hash'])
    return new DeviceMap(this.#map, this.#redirects())
  }

  /** A cpumap. */
  cpus(): CpuMap {
    this.#require('a cpumap', ['cpumap'])
    return new CpuMap(this.#map, this.#redirects())
  }

  taskStorage<Value = unknown>(): StorageMap<Value, TaskOwner> {
    this.#require('task storage', ['task_storage'])
    return this.#storage<Value, TaskOwner>()
  }

  inodeStorage<Value = unknown>(): StorageMap<Value, PathOwner> {
    this.#require('inode storage', ['inode_storage'])
    return this.#storage<Value, PathOwner>()
  }

  /** The cgroup storage of Linux 6.2; the one before, whose keys are structs, is a `hash()`. */
  cgroupStorage<Value = unknown>(): StorageMap<Value, PathOwner> {
    this.#require('cgroup storage', ['cgrp_storage'])
    return this.#storage<Value, PathOwner>()
  }

  socketStorage<Value = unknown>(): StorageMap<Value, SocketOwner> {
    this.#require('socket storage', ['sk_storage'])
    return this.#storage<Value, SocketOwner>()
  }

  stackTraces(): StackTraceMap {
    this.#require('a map of stacks', ['stack_trace'])
    const value = bytesCodec(this.#map.attributes.valueSize, { what: 'value', map: this.#map.name })
    return new StackTraceMap(this.#map, new Elements(this.#map.access, this.#index(), value))
  }

  /** A map without entries for user space, or whose entries are handled elsewhere. */
  opaque(): OpaqueMap {
    this.#require('a ring buffer, an arena, a jump table or a struct_ops map', [
      'ringbuf',
      'user_ringbuf',
      'arena',
      'insn_array',
      'struct_ops',
    ])
    return new OpaqueMap(this.#map)
  }

  #hashOf<Key, Value>(value: MapCodec<Value>): HashMap<Key, Value> {
    return new HashMap(this.#map, new Elements(this.#map.access, this.#codec<Key>('key'), value))
  }

  #arrayOf<Value>(value: MapCodec<Value>): ArrayMap<Value> {
    return new ArrayMap(this.#map, new Elements(this.#map.access, this.#index(), value), value)
  }

  #readable<Key>(key: MapCodec<Key>): ReadableDescriptorMap<Key> {
    return new ReadableDescriptorMap(this.#map, this.#descriptors(key))
  }

  #descriptors<Key>(key: MapCodec<Key>): Elements<Key, number | bigint> {
    const { name, access } = this.#map
    return new Elements(access, key, descriptorCodec(access.copiedValueSize, { what: 'value', map: name }))
  }

  #redirects(): Elements<number, { target: number; program: number }> {
    const { name, access } = this.#map
    return new Elements(access, this.#index(), redirectCodec(access.copiedValueSize, name))
  }

  #storage<Value, Owner extends TaskOwner | PathOwner>(): StorageMap<Value, Owner> {
    return new StorageMap(
      this.#map,
      new Elements(this.#map.access, this.#index(), this.#codec<Value>('value')),
    )
  }

  #index(): MapCodec<number> {
    return indexCodec(this.#map.name)
  }

  #perCpu<Value>(): MapCodec<readonly Value[]> {
    return perCpuCodec(this.#codec<Value>('value'), possibleCpus(this.#map.access.kernel), this.#map.name)
  }

  #codec<T>(what: 'key' | 'value'): MapCodec<T> {
    const { name, keySize, valueSize, keyType, valueType } = this.#map.attributes
    const [size, type] = what === 'key' ? [keySize, keyType] : [valueSize, valueType]
    const btf = type === VOID ? undefined : this.#types()
    if (btf === undefined) return untyped<T>(bytesCodec(size, { what, map: name }))
    const codec = btfCodec<T>(btf, type, { what, map: name })
    if (codec.size === size) return codec
    throw new MapError(
      'MAP_BAD_SIZE',
      `map ${name} has ${what}s of ${size} bytes, and its BTF a type of ${codec.size} for them`,
      { map: name },
    )
  }

  #require(what: string, kinds: readonly MapKind[]): void {
    const { name, kind } = this.#map
    if (kinds.some((each) => each === kind)) return
    throw new MapError('MAP_WRONG_TYPE', `map ${name} is of kind ${kind}, and was to be used as ${what}`, {
      map: name,
    })
  }
}

/** Bytes are what the caller's type parameter has to be where there is no BTF. */
function untyped<T>(codec: MapCodec<Uint8Array>): MapCodec<T> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the caller vouches for the type of foreign memory
  return codec as unknown as MapCodec<T>
}

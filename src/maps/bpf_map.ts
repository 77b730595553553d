import { bpf_map_create_flags, bpf_map_type, bpf_map_update_flags } from '../abi/generated/bpf.ts'
import type { Fd } from '../base/units.ts'
import { deleteElement, lookupElement, nextKey, updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { pinDescriptor } from '../kernel/pin.ts'
import type { MapAttributes } from '../object/map_spec.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { MapError } from './map_error.ts'
import { MapMemory } from './map_memory.ts'

/** Whether the entry may, must not or must exist. */
const updateFlags = {
  any: bpf_map_update_flags.BPF_ANY,
  create: bpf_map_update_flags.BPF_NOEXIST,
  replace: bpf_map_update_flags.BPF_EXIST,
} as const

export type UpdateMode = keyof typeof updateFlags

/**
 * Maps that hold a value for every cpu. For them the kernel copies `value_size`, rounded up to 8 bytes, times the number of
 * possible cpus (bpf_map_value_size in kernel/bpf/syscall.c, Linux 6.18): far beyond a buffer of one value.
 */
const perCpuTypes: ReadonlySet<number> = new Set([
  bpf_map_type.BPF_MAP_TYPE_PERCPU_HASH,
  bpf_map_type.BPF_MAP_TYPE_PERCPU_ARRAY,
  bpf_map_type.BPF_MAP_TYPE_LRU_PERCPU_HASH,
  bpf_map_type.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
])

/** A map in the kernel. Keys and values are bytes, of exactly the map's sizes. */
export class BpfMap implements Disposable {
  readonly attributes: MapAttributes
  readonly #kernel: Kernel
  readonly #descriptor: FileDescriptor
  /** Undefined as long as nobody asked. */
  #memory: MapMemory | 'cannot be mapped' | undefined

  constructor(kernel: Kernel, descriptor: FileDescriptor, attributes: MapAttributes) {
    this.#kernel = kernel
    this.#descriptor = descriptor
    this.attributes = attributes
  }

  get name(): string {
    return this.attributes.name
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the map was closed. */
  get fd(): Fd {
    return this.#descriptor.fd
  }

  /**
   * A copy of the value for `key`, or undefined where the map has none.
   *
   * @throws MapError 'MAP_BAD_SIZE', 'MAP_WRONG_TYPE' for a map with a value for every cpu; SyscallError
   */
  lookup(key: Uint8Array): Uint8Array | undefined {
    this.#requireOneValue()
    this.#requireSize('key', key, this.attributes.keySize)
    const value = new Uint8Array(this.attributes.valueSize)
    return lookupElement(this.#kernel, this.fd, key, value) === 'found' ? value : undefined
  }

  /**
   * Stores `value` under `key`; `mode` says whether the entry may, must not or must be there already.
   *
   * @throws MapError as `lookup`; SyscallError (EEXIST for `create`, ENOENT for `replace`, E2BIG where the map is full)
   */
  update(key: Uint8Array, value: Uint8Array, mode: UpdateMode = 'any'): void {
    this.#requireOneValue()
    this.#requireSize('key', key, this.attributes.keySize)
    this.#requireSize('value', value, this.attributes.valueSize)
    updateElement(this.#kernel, this.fd, key, value, updateFlags[mode])
  }

  /** Whether there was an entry to delete. */
  delete(key: Uint8Array): boolean {
    this.#requireSize('key', key, this.attributes.keySize)
    return deleteElement(this.#kernel, this.fd, key) === 'deleted'
  }

  /**
   * The keys, in the kernel's order. An entry that is added or deleted meanwhile may or may not be seen; where the key
   * that was seen last is deleted, the kernel starts over, so that keys may come twice.
   */
  *keys(): Generator<Uint8Array, void, undefined> {
    let key: Uint8Array | undefined
    for (;;) {
      const next = new Uint8Array(this.attributes.keySize)
      if (nextKey(this.#kernel, this.fd, key, next) === 'end') return
      yield next.slice()
      key = next
    }
  }

  /**
   * A data section's contents, mapped into this process at the first use; undefined where that cannot be: the map is none of
   * a data section, or one without BPF_F_MMAPABLE (sections of static variables alone; kernels before 5.5), or the kernel
   * refuses. Then `lookup` and `update` with a key of four zeros still do.
   *
   * @throws BpfError 'DESCRIPTOR_CLOSED' once the map was closed.
   */
  get memory(): MapMemory | undefined {
    const { fd } = this
    this.#memory ??= this.#mapMemory(fd) ?? 'cannot be mapped'
    return this.#memory === 'cannot be mapped' ? undefined : this.#memory
  }

  /**
   * Gives the map a name in the BPF file system, which keeps it in the kernel.
   *
   * @throws KernelError 'NO_BPFFS', 'PIN_FAILED'; PermissionError; BpfError 'DESCRIPTOR_CLOSED'
   */
  pin(path: string): void {
    pinDescriptor(this.#kernel, this.#descriptor, path)
  }

  /** Gives up this process's hold on the map; the kernel frees it once nothing else holds it. */
  close(): void {
    try {
      if (this.#memory instanceof MapMemory) this.#memory.close()
    } finally {
      this.#descriptor.close()
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #mapMemory(fd: Fd): MapMemory | undefined {
    const { name, origin, flags, valueSize: size } = this.attributes
    if (origin.kind !== 'data' || (flags & bpf_map_create_flags.BPF_F_MMAPABLE) === 0) return undefined
    const access = origin.readOnly ? 'read' : 'read and write'
    try {
      return MapMemory.map(this.#kernel, { fd, name, size, access })
    } catch (error) {
      if (error instanceof SyscallError) return undefined
      throw error
    }
  }

  #requireOneValue(): void {
    if (!perCpuTypes.has(this.attributes.type)) return
    throw new MapError(
      'MAP_WRONG_TYPE',
      `map ${this.name} has a value for every cpu, which this version neither reads nor writes`,
      { map: this.name },
    )
  }

  #requireSize(what: 'key' | 'value', bytes: Uint8Array, size: number): void {
    if (bytes.length === size) return
    throw new MapError(
      'MAP_BAD_SIZE',
      `map ${this.name} has ${what}s of ${size} bytes; got one of ${bytes.length}`,
      {
        map: this.name,
      },
    )
  }
}

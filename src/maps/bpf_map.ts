import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import type { BpfError } from '../base/errors.ts'
import type { Fd } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { freezeMap } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { pinDescriptor } from '../kernel/pin.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { MapOrigin, MapPinning, MapShape } from '../object/map_spec.ts'
import { type ElementCalls, NOT_THERE } from './element_calls.ts'
import { Elements } from './elements.ts'
import { MapAccess } from './map_access.ts'
import { MapBatch } from './map_batch.ts'
import { bytesCodec } from './map_codec.ts'
import { MapError, type MapErrorCode } from './map_error.ts'
import { isFrozen, type MapInfo, readMapInfo } from './map_info.ts'
import { type AnyMapKind, mapKindOf, perCpuStride } from './map_kind.ts'
import { MapMemory } from './map_memory.ts'
import { MapViews } from './map_views.ts'
import {
  type LookupOptions,
  lookupFlags,
  type UpdateMode,
  type UpdateOptions,
  updateFlags,
} from './update_options.ts'

const { BPF_F_MMAPABLE, BPF_F_RDONLY, BPF_F_RDONLY_PROG } = bpf_map_create_flags

/** What a map in the kernel is made of. */
export interface HeldMapAttributes extends MapShape {
  /** As the object calls it; for a map without an object, as the kernel does. */
  readonly name: string
  /** Where in an object it comes from; undefined for one that was created or opened without. */
  readonly origin?: MapOrigin | undefined
  /** Whether the object has it pinned under its name. */
  readonly pinning?: MapPinning | undefined
}

/** The BTF that key and value types are in; undefined where there is none. Asked for when a typed handle is. */
export type MapTypes = () => Btf | undefined

/**
 * A map in the kernel, of whatever kind, with keys and values as bytes of exactly the map's sizes. Values of maps with one for
 * every cpu are those of all possible cpus, each padded to a multiple of 8 bytes. What maps of this kind do not have is an error.
 * `as` gives handles with what the kind has, and with keys and values as BTF types:
 *
 *     const counts = object.map('counts').as.hash<number, bigint>()
 *
 * What is thrown besides what the methods say: BpfError 'DESCRIPTOR_CLOSED' once the map was closed, MapError 'MAP_WRONG_TYPE',
 * 'MAP_BAD_SIZE', and 'MAP_REFUSED' where the kernel has another reason, which is the cause.
 */
export class BpfMap implements Disposable {
  readonly attributes: HeldMapAttributes
  readonly kind: AnyMapKind
  /** The way to the entries, for the handles of each kind. */
  readonly access: MapAccess
  readonly #kernel: Kernel
  readonly #descriptor: FileDescriptor
  readonly #types: MapTypes
  #elements: Elements<Uint8Array, Uint8Array> | undefined
  /** Undefined as long as nobody asked. */
  #memory: MapMemory | 'cannot be mapped' | undefined

  constructor(
    kernel: Kernel,
    descriptor: FileDescriptor,
    attributes: HeldMapAttributes,
    types: MapTypes = () => undefined,
  ) {
    this.#kernel = kernel
    this.#descriptor = descriptor
    this.attributes = attributes
    this.kind = mapKindOf(attributes.type)
    this.#types = types
    const { name, keySize, valueSize, maxEntries, flags } = attributes
    const facts = { name, kind: this.kind, keySize, valueSize, maxEntries, flags }
    this.access = new MapAccess(kernel, descriptor, facts, () => this.#writability())
  }

  get name(): string {
    return this.attributes.name
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the map was closed. */
  get fd(): Fd {
    return this.#descriptor.fd
  }

  /** Handles by kind, with keys and values of BTF types where there are some. */
  get as(): MapViews {
    return new MapViews(this, this.#types)
  }

  /** A copy of the value for `key`, or undefined where the map has none. */
  lookup(key: Uint8Array, options?: LookupOptions): Uint8Array | undefined {
    const { access } = this
    const calls = access.borrow('lookup')
    try {
      this.#setKey(calls, key)
      const result = calls.lookup(lookupFlags(options))
      if (result === 0) return calls.value.slice()
      if (result === NOT_THERE) return undefined
      throw access.failure('lookup', result)
    } finally {
      access.giveBack(calls)
    }
  }

  /** The same into memory of the caller's, without allocating any. Whether there was a value. */
  lookupInto(key: Uint8Array, value: Uint8Array, options?: LookupOptions): boolean {
    const { access } = this
    const calls = access.borrow('lookup')
    try {
      this.#setKey(calls, key)
      this.#requireSize('value', value, calls.value.length)
      const result = calls.lookup(lookupFlags(options))
      if (result === 0) copyBytes(calls.value, value)
      else if (result !== NOT_THERE) throw access.failure('lookup', result)
      return result === 0
    } finally {
      access.giveBack(calls)
    }
  }

  /**
   * Stores `value` under `key`; the mode says whether the entry may (`any`), must not (`create`) or must (`replace`) be there
   * already.
   *
   * @throws MapError 'MAP_FULL', 'MAP_ENTRY_EXISTS', 'MAP_NO_ENTRY', 'MAP_READ_ONLY'
   */
  update(key: Uint8Array, value: Uint8Array, options?: UpdateMode | UpdateOptions): void {
    const { access } = this
    const calls = access.borrow('update')
    try {
      this.#setKey(calls, key)
      this.#requireSize('value', value, calls.value.length)
      copyBytes(value, calls.value)
      const result = calls.update(updateFlags(options))
      if (result < 0) throw access.failure('update', result)
    } finally {
      access.giveBack(calls)
    }
  }

  /** Whether there was an entry to delete. */
  delete(key: Uint8Array): boolean {
    return this.#bytes().delete(key)
  }

  /** As `HashMap.lookupAndDelete`, with bytes. */
  lookupAndDelete(key: Uint8Array, options?: LookupOptions): Uint8Array | undefined {
    return this.#bytes().take(key, options)
  }

  /** As `HashMap.keys`, with bytes. */
  keys(): Generator<Uint8Array, void, undefined> {
    return this.#bytes().keys()
  }

  /** As `HashMap.entries`, with bytes. */
  entries(options?: LookupOptions): Generator<readonly [Uint8Array, Uint8Array], void, undefined> {
    return this.#bytes().entries(options)
  }

  /** Buffers for many entries at once. @param capacity Default: what fits into 64 KiB. */
  batch(capacity?: number): MapBatch {
    return new MapBatch(this.access, capacity)
  }

  /**
   * An array's values, mapped into this process at the first use, each at a multiple of 8 bytes; undefined where that cannot be:
   * the map is no array, or one without BPF_F_MMAPABLE (sections of static variables alone; kernels before 5.5), or the kernel
   * refuses. Then `lookup` and `update` still do.
   *
   * @throws BpfError 'DESCRIPTOR_CLOSED' once the map was closed.
   */
  get memory(): MapMemory | undefined {
    const { fd } = this
    this.#memory ??= this.#mapMemory(fd) ?? 'cannot be mapped'
    return this.#memory === 'cannot be mapped' ? undefined : this.#memory
  }

  /** What the kernel says of the map now. @throws SyscallError */
  info(): MapInfo {
    return readMapInfo(this.#kernel, this.fd)
  }

  /**
   * From now on user space cannot change the map any more (Linux 5.2); programs still can.
   *
   * @throws MapError 'MAP_REFUSED' where it is mapped for writing, here by `memory` or by another process; 'MAP_READ_ONLY' where
   *   it is frozen already; PermissionError
   */
  freeze(): void {
    try {
      freezeMap(this.#kernel, this.fd)
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      throw this.#notFrozen(error)
    }
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

  #bytes(): Elements<Uint8Array, Uint8Array> {
    if (this.#elements === undefined) {
      const { name, keySize } = this.attributes
      const key = bytesCodec(keySize, { what: 'key', map: name })
      const value = bytesCodec(this.access.copiedValueSize, { what: 'value', map: name })
      this.#elements = new Elements(this.access, key, value)
    }
    return this.#elements
  }

  #mapMemory(fd: Fd): MapMemory | undefined {
    const { name, flags, valueSize, maxEntries } = this.attributes
    if (this.kind !== 'array' || (flags & BPF_F_MMAPABLE) === 0) return undefined
    const size = perCpuStride(valueSize) * (maxEntries - 1) + valueSize
    const access = this.#isMappedForReading() ? 'read' : 'read and write'
    try {
      return MapMemory.map(this.#kernel, { fd, name, size, access })
    } catch (error) {
      if (error instanceof SyscallError) return undefined
      throw error
    }
  }

  /** The kernel refuses writable mappings of these (`bpf_map_mmap` in kernel/bpf/syscall.c, Linux 6.18). */
  #isMappedForReading(): boolean {
    const { origin, flags } = this.attributes
    if (origin?.kind === 'data') return origin.readOnly
    return (flags & BPF_F_RDONLY_PROG) !== 0 || this.#writability() !== 'read and write'
  }

  #writability(): 'read and write' | 'frozen' | 'opened for reading only' {
    if ((this.attributes.flags & BPF_F_RDONLY) !== 0) return 'opened for reading only'
    return isFrozen(this.#kernel, this.fd) === true ? 'frozen' : 'read and write'
  }

  #notFrozen(cause: SyscallError): BpfError {
    const failed = (code: MapErrorCode, found: string): MapError =>
      new MapError(code, `cannot freeze map ${this.name}: ${found}`, { map: this.name, cause })
    // Old kernels answer EBUSY for a map that is frozen already, too.
    const writability = this.#writability()
    if (writability !== 'read and write') return failed('MAP_READ_ONLY', `it is ${writability}`)
    if (cause.errnoName === 'EBUSY')
      return failed(
        'MAP_REFUSED',
        'it is mapped for writing somewhere (EBUSY); freeze it before anything maps it',
      )
    return permissionErrorFor(cause) ?? failed('MAP_REFUSED', cause.message)
  }

  #setKey(calls: ElementCalls, key: Uint8Array): void {
    this.#requireSize('key', key, calls.key.length)
    copyBytes(key, calls.key)
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

/** Up to this many bytes are copied faster one by one than with a call. */
const FEW_BYTES = 32

/** Copies all of `from` into `to`, which is as long. */
function copyBytes(from: Uint8Array, to: Uint8Array): void {
  if (from.length > FEW_BYTES) to.set(from)
  else for (let index = 0; index < from.length; index++) to[index] = from[index] ?? 0
}

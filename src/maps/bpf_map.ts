import type { Fd } from '../base/units.ts'
import { deleteElement, lookupElement, nextKey, updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { MapAttributes } from '../object/map_spec.ts'
import { MapError } from './map_error.ts'

/** The map update flags of include/uapi/linux/bpf.h, Linux 6.18: whether the entry may, must not or must exist. */
const updateFlags = { any: 0, create: 1, replace: 2 } as const

export type UpdateMode = keyof typeof updateFlags

/** A map in the kernel. Keys and values are bytes, of exactly the map's sizes. */
export class BpfMap implements Disposable {
  readonly attributes: MapAttributes
  readonly #kernel: Kernel
  readonly #descriptor: FileDescriptor

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
   * @throws MapError 'MAP_BAD_SIZE', SyscallError
   */
  lookup(key: Uint8Array): Uint8Array | undefined {
    this.#requireSize('key', key, this.attributes.keySize)
    const value = new Uint8Array(this.attributes.valueSize)
    return lookupElement(this.#kernel, this.fd, key, value) === 'found' ? value : undefined
  }

  /** @throws MapError 'MAP_BAD_SIZE', SyscallError (EEXIST for `create`, ENOENT for `replace`, E2BIG where it is full) */
  update(key: Uint8Array, value: Uint8Array, mode: UpdateMode = 'any'): void {
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

  /** Gives up this process's hold on the map; the kernel frees it once nothing else holds it. */
  close(): void {
    this.#descriptor.close()
  }

  [Symbol.dispose](): void {
    this.close()
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

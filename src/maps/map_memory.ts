import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../abi/syscall_flags.ts'
import { BpfError } from '../base/errors.ts'
import type { Fd } from '../base/units.ts'
import type { Kernel, Mapping } from '../kernel/kernel.ts'
import { MapError } from './map_error.ts'
import { loadBytes, storeBytes, type Words, wordsOf } from './whole_words.ts'

/** The map whose only value is to be mapped. */
export interface MappableMap {
  readonly fd: Fd
  readonly name: string
  /** Bytes of the value. */
  readonly size: number
  /** A map that programs may only read, or that is frozen, cannot be mapped for writing (`bpf_map_mmap`, Linux 6.18). */
  readonly access: 'read' | 'read and write'
}

/**
 * The only value of an array map, mapped into this process: what programs write is there at once, and what is written is
 * there for programs, without a system call. Only copies leave it, since memory that is no longer mapped, or mapped
 * read-only, kills the process that touches it.
 */
export class MapMemory {
  readonly #map: MappableMap
  #mapped: { readonly mapping: Mapping; readonly words: Words } | undefined

  private constructor(map: MappableMap, mapping: Mapping) {
    this.#map = map
    this.#mapped = { mapping, words: wordsOf(mapping.buffer) }
  }

  /** @throws SyscallError where the kernel does not map it: EINVAL without BPF_F_MMAPABLE, ENOTSUPP for a map with a lock */
  static map(kernel: Kernel, map: MappableMap): MapMemory {
    const { pageSize } = kernel
    const mapping = kernel.mmap(map.fd, {
      length: Math.ceil(map.size / pageSize) * pageSize,
      protection: map.access === 'read' ? PROT_READ : PROT_READ | PROT_WRITE,
      flags: MAP_SHARED,
      offset: 0,
    })
    return new MapMemory(map, mapping)
  }

  /**
   * A copy of `length` bytes from `offset` on. Scalars that are aligned are as they were at one moment; two of them may be
   * from two moments.
   *
   * @throws MapError 'MAP_BAD_SIZE' for bytes that the value does not have; BpfError 'DESCRIPTOR_CLOSED'
   */
  read(offset: number, length: number): Uint8Array {
    return loadBytes(this.#words('read', offset, length), offset, length)
  }

  /**
   * Writes bytes from `offset` on, and nothing beside them; aligned scalars of up to 8 bytes with one store each.
   *
   * @throws MapError 'MAP_READ_ONLY'; as `read`
   */
  write(offset: number, bytes: Uint8Array): void {
    const words = this.#words('write', offset, bytes.length)
    if (this.#map.access === 'read') {
      const message = `map ${this.#map.name} is frozen, and mapped for reading: it cannot be written`
      throw new MapError('MAP_READ_ONLY', message, { map: this.#map.name })
    }
    storeBytes(words, offset, bytes)
  }

  /** Unmaps; a second call does nothing. */
  close(): void {
    const mapped = this.#mapped
    this.#mapped = undefined
    mapped?.mapping.unmap()
  }

  #words(what: string, offset: number, length: number): Words {
    const { name, size } = this.#map
    if (this.#mapped === undefined)
      throw new BpfError('DESCRIPTOR_CLOSED', `map ${name} was used after it was closed`, { map: name })
    const isRange = [offset, length].every((count) => Number.isInteger(count) && count >= 0)
    if (isRange && offset + length <= size) return this.#mapped.words
    throw new MapError(
      'MAP_BAD_SIZE',
      `cannot ${what} ${length} bytes at byte ${offset} of map ${name}, whose value has ${size}`,
      { map: name },
    )
  }
}

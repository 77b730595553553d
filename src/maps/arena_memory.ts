import { BpfError } from '../base/errors.ts'
import type { Mapping } from '../kernel/kernel.ts'

/**
 * The part of an arena's memory that has the object's `__arena` variables. Only copies leave it, since touching the memory
 * once it is no longer mapped kills the process.
 */
export class ArenaMemory implements Disposable {
  readonly #arena: string
  readonly #mapping: Mapping
  #closed = false

  /** @param mapping All of the arena, of which the buffer shows the variables. */
  constructor(arena: string, mapping: Mapping) {
    this.#arena = arena
    this.#mapping = mapping
  }

  /** A copy. @param offset Bytes from the first variable on. */
  read(offset: number, length: number): Uint8Array {
    return this.#bytes().slice(offset, offset + length)
  }

  /** @param offset Bytes from the first variable on. */
  write(offset: number, bytes: Uint8Array): void {
    this.#bytes().set(bytes, offset)
  }

  /** Gives up the mapping; the arena lives on as long as the map. */
  close(): void {
    this.#closed = true
    this.#mapping.unmap()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #bytes(): Uint8Array {
    if (!this.#closed) return new Uint8Array(this.#mapping.buffer)
    throw new BpfError('DESCRIPTOR_CLOSED', `arena ${this.#arena} was used after it was closed`, {
      map: this.#arena,
    })
  }
}

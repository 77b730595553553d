import type { MapCodec } from './map_codec.ts'
import { MapError } from './map_error.ts'
import type { MapMemory } from './map_memory.ts'

/**
 * An array map that is mapped into this process (BPF_F_MMAPABLE, Linux 5.5): reading and writing it takes no system call. What
 * programs write is there at once, and aligned scalars are never seen by halves; a struct may be, in the middle of being
 * written. Once the map is closed every access throws: the memory is never touched after it is gone.
 */
export class LiveArray<Value> implements Iterable<Value> {
  readonly length: number
  readonly #map: string
  readonly #memory: MapMemory
  readonly #value: MapCodec<Value>
  readonly #stride: number

  constructor(
    map: string,
    memory: MapMemory,
    value: MapCodec<Value>,
    layout: { stride: number; length: number },
  ) {
    this.length = layout.length
    this.#map = map
    this.#memory = memory
    this.#value = value
    this.#stride = layout.stride
  }

  /** @throws MapError 'MAP_NO_ENTRY' for an index that the array does not have; BpfError 'DESCRIPTOR_CLOSED' */
  get(index: number): Value {
    const bytes = this.#memory.read(this.#offsetOf(index), this.#value.size)
    return this.#value.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0)
  }

  /** @throws as `get`; MapError 'MAP_READ_ONLY'; BtfError 'BTF_BAD_VALUE' */
  set(index: number, value: Value): void {
    const offset = this.#offsetOf(index)
    const bytes = new Uint8Array(this.#value.size)
    this.#value.encode(value, new DataView(bytes.buffer), 0)
    this.#memory.write(offset, bytes)
  }

  *[Symbol.iterator](): Generator<Value, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.get(index)
  }

  #offsetOf(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index * this.#stride
    throw new MapError(
      'MAP_NO_ENTRY',
      `map ${this.#map} has indices from 0 to ${this.length - 1}; got ${index}`,
      {
        map: this.#map,
      },
    )
  }
}

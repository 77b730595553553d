import type { BpfMap } from './bpf_map.ts'
import type { Elements } from './elements.ts'
import { LiveArray } from './live_array.ts'
import type { MapCodec } from './map_codec.ts'
import { MapError } from './map_error.ts'
import { perCpuStride } from './map_kind.ts'
import { MapView } from './map_view.ts'
import type { LookupOptions, UpdateOptions } from './update_options.ts'

/**
 * An array: values under the indices from 0 on, all of them there from the start. What is thrown besides is as for HashMap.
 */
export class ArrayMap<Value> extends MapView {
  readonly #elements: Elements<number, Value>

  readonly #value: MapCodec<Value>

  constructor(map: BpfMap, elements: Elements<number, Value>, value: MapCodec<Value>) {
    super(map)
    this.#elements = elements
    this.#value = value
  }

  get length(): number {
    return this.map.attributes.maxEntries
  }

  /** @throws MapError 'MAP_NO_ENTRY' for an index that the array does not have */
  lookup(index: number, options?: LookupOptions): Value {
    const value = this.#elements.lookup(index, options)
    if (value !== undefined) return value
    throw new MapError(
      'MAP_NO_ENTRY',
      `map ${this.name} has indices from 0 to ${this.length - 1}; got ${index}`,
      { map: this.name },
    )
  }

  /** @throws MapError 'MAP_NO_ENTRY' for an index that the array does not have, 'MAP_READ_ONLY' */
  update(index: number, value: Value, options?: Pick<UpdateOptions, 'lock'>): void {
    this.#elements.update(index, value, options)
  }

  /** The values from index 0 on, read in batches where the kernel has them. */
  *values(options?: LookupOptions): Generator<Value, void, undefined> {
    for (const [, value] of this.#elements.entries(options)) yield value
  }

  /** Indices with values, as `values()`. */
  entries(options?: LookupOptions): Generator<readonly [number, Value], void, undefined> {
    return this.#elements.entries(options)
  }

  [Symbol.iterator](): Generator<Value, void, undefined> {
    return this.values()
  }

  /** Stores many values, in batches where the kernel has them; otherwise as `update`. */
  updateMany(entries: Iterable<readonly [number, Value]>, options?: Pick<UpdateOptions, 'lock'>): void {
    this.#elements.updateMany(entries, options)
  }

  /**
   * The array's memory, mapped: for one with a value for every cpu there is none.
   *
   * @throws MapError 'MAP_WRONG_TYPE' for an array that was not created with BPF_F_MMAPABLE, or that the kernel does not map
   */
  live(): LiveArray<Value> {
    const { memory, name, attributes } = this.map
    if (memory !== undefined) {
      const layout = { stride: perCpuStride(attributes.valueSize), length: this.length }
      return new LiveArray(name, memory, this.#value, layout)
    }
    throw new MapError(
      'MAP_WRONG_TYPE',
      `cannot map map ${name} into this process: only arrays with a value for all cpus and the flag BPF_F_MMAPABLE can be`,
      { map: name },
    )
  }
}

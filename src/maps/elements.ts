import { NOT_THERE } from './element_calls.ts'
import type { MapAccess } from './map_access.ts'
import { batches } from './batch_walk.ts'
import { isReadInBatches, MapBatch } from './map_batch.ts'
import type { MapCodec } from './map_codec.ts'
import {
  type LookupOptions,
  lookupFlags,
  type UpdateMode,
  type UpdateOptions,
  updateFlags,
} from './update_options.ts'
import { walkKeys } from './map_walk.ts'

/**
 * The entries of a map, with keys and values as codecs make them: what the handles of all kinds are made of. They document what
 * they offer of it.
 */
export class Elements<Key, Value> {
  readonly access: MapAccess
  readonly #key: MapCodec<Key>
  readonly #value: MapCodec<Value>

  constructor(access: MapAccess, key: MapCodec<Key>, value: MapCodec<Value>) {
    this.access = access
    this.#key = key
    this.#value = value
  }

  lookup(key: Key, options?: LookupOptions): Value | undefined {
    const { access } = this
    const calls = access.borrow('lookup')
    try {
      this.#key.encode(key, calls.keyView, 0)
      const result = calls.lookup(lookupFlags(options))
      if (result === 0) return this.#value.decode(calls.valueView, 0)
      if (result === NOT_THERE) return undefined
      throw access.failure('lookup', result)
    } finally {
      access.giveBack(calls)
    }
  }

  update(key: Key, value: Value, options?: UpdateMode | UpdateOptions): void {
    const { access } = this
    const calls = access.borrow('update')
    try {
      this.#key.encode(key, calls.keyView, 0)
      this.#value.encode(value, calls.valueView, 0)
      const result = calls.update(updateFlags(options))
      if (result < 0) throw access.failure('update', result)
    } finally {
      access.giveBack(calls)
    }
  }

  delete(key: Key): boolean {
    const { access } = this
    const calls = access.borrow('delete')
    try {
      this.#key.encode(key, calls.keyView, 0)
      const result = calls.delete()
      if (result < 0 && result !== NOT_THERE) throw access.failure('delete', result)
      return result === 0
    } finally {
      access.giveBack(calls)
    }
  }

  take(key: Key, options?: LookupOptions): Value | undefined {
    const { access } = this
    const calls = access.borrow('take')
    try {
      this.#key.encode(key, calls.keyView, 0)
      const result = calls.take(lookupFlags(options))
      if (result === 0) return this.#value.decode(calls.valueView, 0)
      if (result === NOT_THERE) return undefined
      throw access.failure('take', result)
    } finally {
      access.giveBack(calls)
    }
  }

  *keys(): Generator<Key, void, undefined> {
    if (!isReadInBatches(this.access.facts.kind)) {
      for (const key of walkKeys(this.access)) yield this.#key.decode(new DataView(key.buffer), 0)
      return
    }
    for (const { batch, count } of batches(this.access, 'next')) {
      for (let index = 0; index < count; index++)
        yield this.#key.decode(batch.keysView, index * this.#key.size)
    }
  }

  entries(options?: LookupOptions): Generator<readonly [Key, Value], void, undefined> {
    return this.#read('next', options)
  }

  takeAll(options?: LookupOptions): Generator<readonly [Key, Value], void, undefined> {
    return this.#read('takeNext', options)
  }

  updateMany(entries: Iterable<readonly [Key, Value]>, options?: UpdateMode | UpdateOptions): void {
    const batch = new MapBatch(this.access)
    let count = 0
    for (const [key, value] of entries) {
      this.#key.encode(key, batch.keysView, count * this.#key.size)
      this.#value.encode(value, batch.valuesView, count * this.#value.size)
      count++
      if (count < batch.capacity) continue
      batch.update(count, options)
      count = 0
    }
    if (count > 0) batch.update(count, options)
  }

  deleteMany(keys: Iterable<Key>): number {
    const batch = new MapBatch(this.access)
    let count = 0
    let deleted = 0
    for (const key of keys) {
      this.#key.encode(key, batch.keysView, count * this.#key.size)
      count++
      if (count < batch.capacity) continue
      deleted += batch.delete(count)
      count = 0
    }
    return count > 0 ? deleted + batch.delete(count) : deleted
  }

  *#read(
    how: 'next' | 'takeNext',
    options: LookupOptions | undefined,
  ): Generator<readonly [Key, Value], void, undefined> {
    for (const { batch, count } of batches(this.access, how, options)) {
      for (let index = 0; index < count; index++) {
        const key = this.#key.decode(batch.keysView, index * this.#key.size)
        yield [key, this.#value.decode(batch.valuesView, index * this.#value.size)]
      }
    }
  }
}

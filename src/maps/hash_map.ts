import type { BpfMap } from './bpf_map.ts'
import type { Elements } from './elements.ts'
import { MapView } from './map_view.ts'
import type { LookupOptions, UpdateMode, UpdateOptions } from './update_options.ts'

/**
 * A map from keys to values: hash and LRU hash, with one value or one for every cpu, longest-prefix trie, cgroup storage. What is thrown besides is MapError 'MAP_REFUSED', where the kernel has another reason, and BpfError
 * 'DESCRIPTOR_CLOSED' once the map was closed; BtfError 'BTF_BAD_VALUE' names the part of a key or value that its type does
 * not have, as in `value.limits[3].max`.
 */
export class HashMap<Key, Value> extends MapView {
  readonly #elements: Elements<Key, Value>

  constructor(map: BpfMap, elements: Elements<Key, Value>) {
    super(map)
    this.#elements = elements
  }

  /** The value for `key`, undefined where the map has none. In a trie, that of the longest prefix of the key. */
  lookup(key: Key, options?: LookupOptions): Value | undefined {
    return this.#elements.lookup(key, options)
  }

  /**
   * Stores `value` under `key`.
   *
   * @throws MapError 'MAP_FULL', 'MAP_ENTRY_EXISTS' for the mode `create`, 'MAP_NO_ENTRY' for `replace`, 'MAP_READ_ONLY'
   */
  update(key: Key, value: Value, options?: UpdateMode | UpdateOptions): void {
    this.#elements.update(key, value, options)
  }

  /** Whether there was an entry to delete. */
  delete(key: Key): boolean {
    return this.#elements.delete(key)
  }

  /**
   * The value for `key`, which is deleted in the same moment: no program sees or changes it in between.
   *
   * @throws MapError 'MAP_WRONG_TYPE' before Linux 5.14, and for tries and devmaps
   */
  lookupAndDelete(key: Key, options?: LookupOptions): Value | undefined {
    return this.#elements.take(key, options)
  }

  /**
   * The keys, in the kernel's order. Entries may be added and deleted meanwhile, by programs or in the loop itself: a key that
   * is there all the time comes exactly once, any other at most once, and the walk ends.
   *
   * Hashes are read in batches, from bucket to bucket, with system calls for many entries at once. Tries and others are walked
   * key by key, and for them the keys that came are remembered.
   *
   * @throws MapError 'MAP_WALK_GIVEN_UP' for what is no hash, where keys are added and deleted so fast that there is no end
   */
  keys(): Generator<Key, void, undefined> {
    return this.#elements.keys()
  }

  /** The values, as `entries()`. */
  *values(options?: LookupOptions): Generator<Value, void, undefined> {
    for (const [, value] of this.#elements.entries(options)) yield value
  }

  /** Keys with values, as `keys()`. A value is of the moment when its batch was read, which may be some entries ago. */
  entries(options?: LookupOptions): Generator<readonly [Key, Value], void, undefined> {
    return this.#elements.entries(options)
  }

  [Symbol.iterator](): Generator<readonly [Key, Value], void, undefined> {
    return this.entries()
  }

  /**
   * Takes all entries out of the map. In a hash each is looked up and deleted in one moment, so that nothing that programs add
   * to it is lost; elsewhere one after the other. Entries are taken in batches: whoever leaves the loop early loses the rest of
   * the batch.
   */
  drain(options?: LookupOptions): Generator<readonly [Key, Value], void, undefined> {
    return this.#elements.takeAll(options)
  }

  /**
   * Stores many entries, in batches where the kernel has them (Linux 5.6).
   *
   * @throws MapError as `update`; the entries before the one that the error names are stored
   */
  updateMany(entries: Iterable<readonly [Key, Value]>, options?: UpdateMode | UpdateOptions): void {
    this.#elements.updateMany(entries, options)
  }

  /** Deletes many entries, in batches where the kernel has them. @returns How many there were. */
  deleteMany(keys: Iterable<Key>): number {
    return this.#elements.deleteMany(keys)
  }
}

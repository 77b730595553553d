import type { AttrTable, AttrValues } from '../abi/attr_table.ts'
import {
  MAP_DELETE_ELEM,
  MAP_GET_NEXT_KEY,
  MAP_LOOKUP_AND_DELETE_ELEM,
  MAP_LOOKUP_ELEM,
  MAP_UPDATE_ELEM,
} from '../abi/bpf_attr.ts'
import { encodeAttr } from '../abi/encode_attr.ts'
import type { Fd } from '../base/units.ts'
import type { Kernel, PreparedBpf } from '../kernel/kernel.ts'

/** Bytes of the attr up to the end of `flags`, which is 0 in most calls and would be left out. */
const WITH_FLAGS = 32

const LOOKUP = { ...MAP_LOOKUP_ELEM, minimumSize: WITH_FLAGS } as const satisfies AttrTable
const UPDATE = { ...MAP_UPDATE_ELEM, minimumSize: WITH_FLAGS } as const satisfies AttrTable
const TAKE = { ...MAP_LOOKUP_AND_DELETE_ELEM, minimumSize: WITH_FLAGS } as const satisfies AttrTable

/** -ENOENT: there is no such entry, or no further one. */
export const NOT_THERE = -2

export interface ElementSizes {
  /** Bytes; 0 where the kind of map has no keys. */
  readonly keySize: number
  /** Bytes that the kernel copies for one value. */
  readonly valueSize: number
}

/**
 * The calls that one entry of a map is read and written with, and the buffers for them, prepared once: an entry is looked up
 * by putting its key into `key` and finding its value in `value`. The result of each call is 0 or the negative errno.
 */
export class ElementCalls {
  readonly key: Uint8Array
  readonly keyView: DataView
  readonly value: Uint8Array
  readonly valueView: DataView
  /** Filled by `next()`. */
  readonly nextKey: Uint8Array
  readonly #kernel: Kernel
  readonly #map: Fd
  #lookup: FlaggedCall | undefined
  #update: FlaggedCall | undefined
  #take: FlaggedCall | undefined
  #delete: PreparedBpf | undefined
  #first: PreparedBpf | undefined
  #next: PreparedBpf | undefined

  constructor(kernel: Kernel, map: Fd, { keySize, valueSize }: ElementSizes) {
    this.#kernel = kernel
    this.#map = map
    // Memory of their own: V8 keeps small arrays where it moves them about, until somebody asks for their address.
    this.keyView = new DataView(new ArrayBuffer(keySize))
    this.key = new Uint8Array(this.keyView.buffer)
    this.valueView = new DataView(new ArrayBuffer(valueSize))
    this.value = new Uint8Array(this.valueView.buffer)
    this.nextKey = new Uint8Array(new ArrayBuffer(keySize))
  }

  /** BPF_MAP_LOOKUP_ELEM. */
  lookup(flags: number): number {
    this.#lookup ??= this.#flagged(LOOKUP)
    return this.#lookup.call(flags)
  }

  /** BPF_MAP_UPDATE_ELEM. */
  update(flags: number): number {
    this.#update ??= this.#flagged(UPDATE)
    return this.#update.call(flags)
  }

  /** BPF_MAP_LOOKUP_AND_DELETE_ELEM. */
  take(flags: number): number {
    this.#take ??= this.#flagged(TAKE)
    return this.#take.call(flags)
  }

  /** BPF_MAP_DELETE_ELEM. */
  delete(): number {
    this.#delete ??= this.#prepare(MAP_DELETE_ELEM, { map_fd: this.#map, key: this.key })
    return this.#delete.call()
  }

  /** BPF_MAP_GET_NEXT_KEY: the first key. */
  first(): number {
    this.#first ??= this.#prepare(MAP_GET_NEXT_KEY, { map_fd: this.#map, next_key: this.nextKey })
    return this.#first.call()
  }

  /** BPF_MAP_GET_NEXT_KEY: the key behind the one in `key`. */
  next(): number {
    const values = { map_fd: this.#map, key: this.key, next_key: this.nextKey }
    this.#next ??= this.#prepare(MAP_GET_NEXT_KEY, values)
    return this.#next.call()
  }

  #flagged(table: typeof LOOKUP | typeof UPDATE | typeof TAKE): FlaggedCall {
    const { bytes, pointers } = encodeAttr(table, { map_fd: this.#map, key: this.key, value: this.value })
    const flagsOffset = table.fields.find(({ name }) => name === 'flags')?.offset ?? 0
    const prepared = this.#kernel.prepareBpf(table.command, { bytes, pointers })
    return new FlaggedCall(prepared, new DataView(bytes.buffer), flagsOffset)
  }

  #prepare<const Table extends AttrTable>(table: Table, values: AttrValues<Table>): PreparedBpf {
    return this.#kernel.prepareBpf(table.command, encodeAttr(table, values))
  }
}

/** A prepared call whose flags change now and then. */
class FlaggedCall {
  readonly #prepared: PreparedBpf
  readonly #attr: DataView
  readonly #flagsOffset: number
  #flags = 0

  constructor(prepared: PreparedBpf, attr: DataView, flagsOffset: number) {
    this.#prepared = prepared
    this.#attr = attr
    this.#flagsOffset = flagsOffset
  }

  call(flags: number): number {
    if (flags !== this.#flags) {
      this.#attr.setUint32(this.#flagsOffset, flags, true)
      this.#flags = flags
    }
    return this.#prepared.call()
  }
}

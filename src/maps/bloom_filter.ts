import type { BpfMap } from './bpf_map.ts'
import { NOT_THERE } from './element_calls.ts'
import type { MapCodec } from './map_codec.ts'
import { MapView } from './map_view.ts'

/** A bloom filter (Linux 5.16): tells what was surely not added to it. */
export class BloomFilter<Value> extends MapView {
  readonly #value: MapCodec<Value>

  constructor(map: BpfMap, value: MapCodec<Value>) {
    super(map)
    this.#value = value
  }

  /** Adds a value, for ever. */
  add(value: Value): void {
    const { access } = this.map
    const calls = access.borrow('update')
    try {
      this.#value.encode(value, calls.valueView, 0)
      const result = calls.update(0)
      if (result < 0) throw access.failure('update', result)
    } finally {
      access.giveBack(calls)
    }
  }

  /** False where the value was not added. True where it was, and for some others, too. */
  mayHave(value: Value): boolean {
    const { access } = this.map
    const calls = access.borrow('lookup')
    try {
      this.#value.encode(value, calls.valueView, 0)
      const result = calls.lookup(0)
      if (result < 0 && result !== NOT_THERE) throw access.failure('lookup', result)
      return result === 0
    } finally {
      access.giveBack(calls)
    }
  }
}

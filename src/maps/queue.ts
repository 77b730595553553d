import type { BpfMap } from './bpf_map.ts'
import type { Elements } from './elements.ts'
import { MapView } from './map_view.ts'

/** Kinds without keys have keys of no bytes. */
export const NO_KEY = new Uint8Array()

export interface PushOptions {
  /** What a full queue does: refuse, or drop its oldest value (BPF_EXIST). Default 'refuse'. */
  readonly whenFull?: 'refuse' | 'drop oldest' | undefined
}

/** A queue (first in, first out) or a stack (last in, first out). */
export class Queue<Value> extends MapView {
  readonly #elements: Elements<Uint8Array, Value>

  constructor(map: BpfMap, elements: Elements<Uint8Array, Value>) {
    super(map)
    this.#elements = elements
  }

  /** @throws MapError 'MAP_FULL', 'MAP_READ_ONLY' */
  push(value: Value, { whenFull = 'refuse' }: PushOptions = {}): void {
    this.#elements.update(NO_KEY, value, whenFull === 'refuse' ? 'any' : 'replace')
  }

  /** The value that `pop()` would take, undefined where there is none. */
  peek(): Value | undefined {
    return this.#elements.lookup(NO_KEY)
  }

  /** Takes the oldest value of a queue, the newest of a stack; undefined where there is none. */
  pop(): Value | undefined {
    return this.#elements.take(NO_KEY)
  }

  /** Pops until nothing is left, or one value for each that the map has room for: programs may push all the time. */
  *drain(): Generator<Value, void, undefined> {
    for (let left = this.map.attributes.maxEntries; left > 0; left--) {
      const value = this.pop()
      if (value === undefined) return
      yield value
    }
  }
}

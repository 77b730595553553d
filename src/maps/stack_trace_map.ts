import type { BpfMap } from './bpf_map.ts'
import type { Elements } from './elements.ts'
import { MapView } from './map_view.ts'

/** Stacks that programs stored with bpf_get_stackid(), under the ids that it returned. What is thrown besides is as for HashMap. */
export class StackTraceMap extends MapView {
  readonly #elements: Elements<number, Uint8Array>

  constructor(map: BpfMap, elements: Elements<number, Uint8Array>) {
    super(map)
    this.#elements = elements
  }

  /**
   * The addresses of a stack, the innermost function first; undefined where there is no stack of that id. In a map that was
   * created with BPF_F_STACK_BUILD_ID they are `struct bpf_stack_build_id` instead: `map.lookup` gives their bytes.
   */
  lookup(id: number): readonly bigint[] | undefined {
    const bytes = this.#elements.lookup(id)
    if (bytes === undefined) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const addresses: bigint[] = []
    for (let offset = 0; offset + 8 <= bytes.length; offset += 8) {
      const address = view.getBigUint64(offset, true)
      if (address === 0n) break
      addresses.push(address)
    }
    return addresses
  }

  /** Makes room for another stack. Whether there was one of that id. */
  delete(id: number): boolean {
    return this.#elements.delete(id)
  }

  /** The ids of all stacks, as `HashMap.keys`. */
  keys(): Generator<number, void, undefined> {
    return this.#elements.keys()
  }
}

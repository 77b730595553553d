import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import type { BpfMap } from './bpf_map.ts'
import type { Elements } from './elements.ts'
import { MapView } from './map_view.ts'

/**
 * Where a function of a stack was: at an address of the kernel or of the process, or, in a map with BPF_F_STACK_BUILD_ID, at an
 * offset in a file that is known by what linking computed of it (`struct bpf_stack_build_id`, Linux 4.17).
 */
export type StackFrame =
  | { readonly kind: 'address'; readonly address: bigint }
  | {
      readonly kind: 'build-id'
      /** Hexadecimal digits. */
      readonly buildId: string
      /** Bytes from the start of the file. */
      readonly offset: bigint
    }

/** enum bpf_stack_build_id_status: what the kernel found out about a place. */
const BPF_STACK_BUILD_ID_EMPTY = 0
const BPF_STACK_BUILD_ID_VALID = 1
/** s32 status, u8 build_id[20], u64 offset or address. */
const BUILD_ID_SIZE = 32
const BUILD_ID_BYTES = 20

/** Stacks that programs stored with bpf_get_stackid(), under the ids that it returned. What is thrown besides is as for HashMap. */
export class StackTraceMap extends MapView {
  readonly #elements: Elements<number, Uint8Array>

  constructor(map: BpfMap, elements: Elements<number, Uint8Array>) {
    super(map)
    this.#elements = elements
  }

  /**
   * The addresses of a stack, the innermost function first; undefined where there is no stack of that id. In a map that was
   * created with BPF_F_STACK_BUILD_ID they are `struct bpf_stack_build_id` instead: `frames` reads both.
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

  /** A stack, the innermost function first; undefined where there is none of that id. */
  frames(id: number): readonly StackFrame[] | undefined {
    if ((this.map.attributes.flags & bpf_map_create_flags.BPF_F_STACK_BUILD_ID) === 0) {
      return this.lookup(id)?.map((address) => ({ kind: 'address', address }))
    }
    const bytes = this.#elements.lookup(id)
    return bytes === undefined ? undefined : buildIdFrames(bytes)
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

function buildIdFrames(bytes: Uint8Array): readonly StackFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: StackFrame[] = []
  for (let start = 0; start + BUILD_ID_SIZE <= bytes.length; start += BUILD_ID_SIZE) {
    const status = view.getInt32(start, true)
    if (status === BPF_STACK_BUILD_ID_EMPTY) break
    const place = view.getBigUint64(start + 24, true)
    const id = bytes.subarray(start + 4, start + 4 + BUILD_ID_BYTES)
    // Where the file could not be told, the place is an address.
    if (status !== BPF_STACK_BUILD_ID_VALID) frames.push({ kind: 'address', address: place })
    else frames.push({ kind: 'build-id', buildId: Buffer.from(id).toString('hex'), offset: place })
  }
  return frames
}

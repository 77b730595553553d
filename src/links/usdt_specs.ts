import { bpf_map_update_flags } from '../abi/generated/bpf.ts'
import { u64Array } from '../abi/u64_array.ts'
import type { Fd, TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { encodeValue } from '../btf/encode_value.ts'
import { valueShape } from '../btf/value_shape.ts'
import type { UsdtSpec } from '../executable/usdt_spec.ts'
import { deleteElement, updateElement } from '../kernel/bpf_calls.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Attachment } from './link.ts'

/** The maps that <bpf/usdt.bpf.h> puts into an object, and the types of the object, which are those of that header. */
export interface UsdtMaps {
  readonly btf: Btf
  /** `__bpf_usdt_specs`: an array of `struct __bpf_usdt_spec`. */
  readonly specs: { readonly fd: Fd; readonly maxEntries: number; readonly valueType: TypeId }
  /** `__bpf_usdt_ip_to_spec_id`: which of them belongs to an address, for kernels without cookies. */
  readonly addresses: { readonly fd: Fd }
}

/**
 * The USDT specs of one object. Programs of the object find where the arguments of a probe are in a map, whose slots are
 * given to attachments one by one, and to others once those are closed (`struct usdt_manager` in libbpf's src/usdt.c).
 */
export class UsdtSpecs {
  readonly #kernel: Kernel
  readonly #maps: UsdtMaps
  readonly #free: number[] = []
  #next = 0

  constructor(kernel: Kernel, maps: UsdtMaps) {
    this.#kernel = kernel
    this.#maps = maps
  }

  /** How many there can be at a time. */
  get capacity(): number {
    return this.#maps.specs.maxEntries
  }

  /** What one attachment uses, which closing gives back. */
  lend(): UsdtLoan {
    return new UsdtLoan(this.#kernel, this.#maps, {
      take: () => this.#take(),
      giveBack: (ids) => this.#free.push(...ids),
    })
  }

  #take(): number | undefined {
    const free = this.#free.pop()
    if (free !== undefined) return free
    return this.#next < this.capacity ? this.#next++ : undefined
  }
}

/** Where slots come from and go to. */
interface Slots {
  readonly take: () => number | undefined
  readonly giveBack: (ids: readonly number[]) => void
}

/** The specs of one attachment. */
export class UsdtLoan implements Attachment {
  readonly #kernel: Kernel
  readonly #maps: UsdtMaps
  readonly #slots: Slots
  /** By the arguments as they are written: places that have them in the same registers share one. */
  readonly #ids = new Map<string, number>()
  readonly #addresses: Uint8Array[] = []
  #closed = false

  constructor(kernel: Kernel, maps: UsdtMaps, slots: Slots) {
    this.#kernel = kernel
    this.#maps = maps
    this.#slots = slots
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * The number of the spec for places with these arguments, which is written into the map where it is new.
   *
   * @returns undefined where all slots are taken
   * @throws BtfError 'BTF_BAD_VALUE' where the object's header has no room for what the spec says; SyscallError
   */
  idOf(written: string, spec: () => UsdtSpec): number | undefined {
    const known = this.#ids.get(written)
    if (known !== undefined) return known
    const value = this.#encode(spec())
    const id = this.#slots.take()
    if (id === undefined) return undefined
    this.#ids.set(written, id)
    updateElement(this.#kernel, this.#maps.specs.fd, u32Bytes(id), value, bpf_map_update_flags.BPF_ANY)
    return id
  }

  /**
   * Lets the program find the spec by the address at which it is hit.
   *
   * @throws SyscallError EEXIST where the address has one already
   */
  addAddress(address: bigint, id: number): void {
    const key = u64Array('addresses', [address])
    const { BPF_NOEXIST } = bpf_map_update_flags
    updateElement(this.#kernel, this.#maps.addresses.fd, key, u32Bytes(id), BPF_NOEXIST)
    this.#addresses.push(key)
  }

  /** Nothing of the kernel's waits for this. What was written into a slot stays until somebody else gets it. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#slots.giveBack([...this.#ids.values()])
    for (const key of this.#addresses) deleteElement(this.#kernel, this.#maps.addresses.fd, key)
  }

  closeAsync(): Promise<void> {
    return Promise.resolve().then(() => {
      this.close()
    })
  }

  #encode(spec: UsdtSpec): Uint8Array {
    const { btf, specs } = this.#maps
    const bytes = new Uint8Array(valueShape(btf, specs.valueType).size)
    encodeValue(btf, specs.valueType, spec, new DataView(bytes.buffer), 0, 'spec')
    return bytes
  }
}

function u32Bytes(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

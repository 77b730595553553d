/**
 * A part of `union bpf_attr` (or another structure that a syscall takes) as bytes, with the pointers still open: the
 * address of a buffer is only known to src/kernel, which fills the slots in right before the call.
 */
export interface EncodedAttr {
  /**
   * In the host's byte order, which is little-endian on everything that rawbpf has syscall numbers for. As long as the
   * last field that is not zero needs, or the last one that the kernel writes to.
   */
  readonly bytes: Uint8Array
  readonly pointers: readonly PointerSlot[]
}

export interface PointerSlot {
  /** The field's name, e.g. `insns`. */
  readonly field: string
  /** Bytes from the start of the attr to the 64-bit address. */
  readonly offset: number
  /** What the address is to point at. Referenced until the call has returned. */
  readonly target: Uint8Array
  /** Slots in the target, where that is a structure with pointers of its own. */
  readonly pointers?: readonly PointerSlot[]
}

/**
 * A ring buffer's memory, as kernel/bpf/ringbuf.c of Linux 6.18 lays it out (`struct bpf_ringbuf`, `struct
 * bpf_ringbuf_hdr`): one page with the consumer position, one with the producer position, then the data area, mapped
 * twice in a row, so that a record that wraps around the end is contiguous all the same.
 *
 * Both positions are `unsigned long` and count the bytes since the map was created. They never wrap around at the size:
 * a position's place in the data area is its remainder. What lies between them is reserved, and at most the size.
 */

/** Bytes of `struct bpf_ringbuf_hdr`, which is in front of each record: u32 length and flags, u32 page offset. */
export const RECORD_HEADER_SIZE = 8
/** Records start at multiples of it, in bytes. */
export const RECORD_ALIGNMENT = 8
/** `BPF_RINGBUF_BUSY_BIT` (include/uapi/linux/bpf.h): the record is reserved and being written. */
export const BUSY_BIT = 0x8000_0000 | 0
/** `BPF_RINGBUF_DISCARD_BIT`: the producer changed its mind; the record is to be skipped. */
export const DISCARD_BIT = 0x4000_0000
/** The bits of a header's first word that are the record's length in bytes. */
export const LENGTH_MASK = 0x3fff_ffff

/** The memory of one ring buffer. */
export interface RingMemory {
  /** The consumer position is its first 8 bytes. Written by the reader. */
  readonly consumer: ArrayBuffer
  /** The producer position is its first 8 bytes, and the data area starts at `dataOffset`. Only read. */
  readonly producer: ArrayBuffer
  /** Bytes from the start of `producer` to the data area: the size of a page. */
  readonly dataOffset: number
  /** Bytes of the data area, a power of two: the map's `max_entries`. It is mapped twice. */
  readonly size: number
}

/** Bytes that a record of `length` bytes takes in the data area. */
export function recordSpace(length: number): number {
  return (length + RECORD_HEADER_SIZE + RECORD_ALIGNMENT - 1) & -RECORD_ALIGNMENT
}

/**
 * A perf event's memory, as include/uapi/linux/perf_event.h and kernel/events/ring_buffer.c of Linux 6.18 have it: a page with
 * `struct perf_event_mmap_page`, then the data area, a power of two of pages. The area is mapped once, so a record may wrap
 * around its end.
 *
 * Both positions are u64 and count bytes since the event was made; a position's place in the data area is its remainder. The
 * kernel writes `data_head`. The reader writes `data_tail`, and what lies between them is never overwritten. With
 * `write_backward` the head goes down from 0, and each record is written in front of the one before it.
 */

/** Bytes from the start of `struct perf_event_mmap_page` to `data_head`, u64. */
export const DATA_HEAD_OFFSET = 1024
/** To `data_tail`, u64. */
export const DATA_TAIL_OFFSET = 1032

/** Bytes of `struct perf_event_header`: u32 type, u16 misc, u16 size, which counts the header too. */
export const PERF_HEADER_SIZE = 8
/** Records start at multiples of it and have such sizes, in bytes: so a header never wraps around. */
export const PERF_ALIGNMENT = 8
/** The largest size that a header can tell, in bytes. */
export const PERF_MOST_BYTES = 0xffff

/**
 * PERF_RECORD_SAMPLE of an event whose `sample_type` is PERF_SAMPLE_RAW alone: the header, u32 size of the data, the data. The
 * kernel pads the data so that the record ends at a multiple of 8 and lets the size count the padding
 * (perf_sample_data_size in kernel/events/core.c): whoever needs the exact length puts it into the data.
 */
export const PERF_RECORD_SAMPLE = 9
/** The header, u64 id of the event, u64 number of records that found no space since the last that did. */
export const PERF_RECORD_LOST = 2
/** The header, u64 number of samples that were lost. */
export const PERF_RECORD_LOST_SAMPLES = 13

/** Bytes from the start of a sample to its data. */
export const SAMPLE_DATA_OFFSET = 12

/** The memory of one cpu's perf event. */
export interface PerfMemory {
  /** The page with the positions, and the data area behind it. */
  readonly buffer: ArrayBuffer
  /** Bytes from the start of `buffer` to the data area: the size of a page. */
  readonly dataOffset: number
  /** Bytes of the data area, a power of two. */
  readonly size: number
}

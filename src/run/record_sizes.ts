/** Bytes of a record as its reader sees them, for a struct of `size` bytes. */
export type RecordLength = (size: number) => number

/** A ring buffer knows the size of a record to the byte. */
export const exactLength: RecordLength = (size) => size

/**
 * A perf buffer's record is padded, so that with the four bytes before it, which say its size, it is a multiple of 8 bytes long
 * (`perf_prepare_sample` in kernel/events/core.c, Linux 6.18).
 */
export const paddedLength: RecordLength = (size) => Math.ceil((size + 4) / 8) * 8 - 4

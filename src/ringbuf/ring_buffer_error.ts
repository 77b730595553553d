import { BpfError } from '../base/errors.ts'

/** What cannot be done with a ring buffer, of whichever kind: BPF ring buffer, perf buffer or user ring buffer. */
export type RingBufferErrorCode =
  /** A size, a limit or the mapped memory is none that a ring buffer can have. */
  | 'RINGBUF_BAD_ARGUMENT'
  /** The kernel refused what a perf buffer needs; the cause says why. */
  | 'RINGBUF_OPEN_FAILED'
  /** The positions or a record's header contradict each other. */
  | 'RINGBUF_CORRUPT'
  /** The buffer was closed. */
  | 'RINGBUF_CLOSED'
  /** Somebody else is reading this buffer: another iterator, or the callback that this call was made from. */
  | 'RINGBUF_IN_USE'
  /** No space came free in time. */
  | 'RINGBUF_TIMEOUT'
  /** The wait for space was aborted. */
  | 'RINGBUF_ABORTED'
  /** A record was read after its callback had returned, or written after it was submitted. */
  | 'RINGBUF_STALE_RECORD'
  /** A read or write went past the end of a record. */
  | 'RINGBUF_OUT_OF_RECORD'

/** Which ring buffer, and where. */
export interface RingBufferErrorPlace {
  /** The map's name. */
  readonly map?: string | undefined
  /** Bytes from the start of the data area, or of the record where a record was read. */
  readonly offset?: number | undefined
  readonly cause?: unknown
}

/** A ring buffer that cannot be read or written, or that was asked for something it cannot do. */
export class RingBufferError extends BpfError {
  declare readonly code: RingBufferErrorCode

  constructor(code: RingBufferErrorCode, message: string, place: RingBufferErrorPlace = {}) {
    super(code, message, place)
  }
}

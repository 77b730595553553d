import type { RingRecord } from './ring_record.ts'

/**
 * Called with each record, which is valid until the call returns; `Origin` is what else is known of where it comes from, the
 * cpu of a perf buffer's records.
 */
export type RecordVisitor<Origin = void> = (record: RingRecord, origin: Origin) => void

/** Records in mapped memory, waiting to be read: one ring, or several that are read as one. */
export interface RecordQueue<Origin = void> {
  /** Whether a drain would find a record. */
  readonly ready: boolean
  /** Whether a drain is running, that is, whether this is asked from within a visitor. */
  readonly draining: boolean
  /** Remembers what is there now; the answer tells whether all of it was consumed. */
  mark(): () => boolean
  /**
   * Calls `visitor` with one record after the other, `limit` of them at most, and returns how many these were. Never goes
   * past what was there when it began. The record that a visitor throws on is consumed, those behind it are not.
   */
  drain(visitor: RecordVisitor<Origin>, limit: number): number
  /** Ends the drain that is running after the record that it is at. */
  interrupt(): void
}

import type { MapAccess } from './map_access.ts'
import { MapBatch } from './map_batch.ts'
import { MapError } from './map_error.ts'
import type { LookupOptions } from './update_options.ts'

/** Entries in the buffers of a batch: the first `count`, until the next ones are read. */
export interface ReadBatch {
  readonly batch: MapBatch
  readonly count: number
}

/**
 * Reads a map batch by batch, to its end. Where a bucket has more entries than the buffers have room for, they grow, and the
 * walk goes on at that bucket.
 *
 * @param how Whether entries are deleted as they are read.
 */
export function* batches(
  access: MapAccess,
  how: 'next' | 'takeNext',
  options?: LookupOptions,
): Generator<ReadBatch, void, undefined> {
  let batch = new MapBatch(access)
  for (;;) {
    const count = readOrLarger(batch, how, options)
    if (count === 0) return
    if (typeof count === 'number') yield { batch, count }
    else batch = count
  }
}

function readOrLarger(batch: MapBatch, how: 'next' | 'takeNext', options?: LookupOptions): number | MapBatch {
  try {
    return how === 'next' ? batch.next(options) : batch.takeNext(options)
  } catch (error) {
    if (error instanceof MapError && error.code === 'MAP_BATCH_TOO_SMALL') return batch.larger()
    throw error
  }
}

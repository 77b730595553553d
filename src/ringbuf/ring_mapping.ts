import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../abi/syscall_flags.ts'
import type { Fd } from '../base/units.ts'
import type { Kernel, Mapping } from '../kernel/kernel.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import type { RingMemory } from './ring_layout.ts'

/** A map of type BPF_MAP_TYPE_RINGBUF or BPF_MAP_TYPE_USER_RINGBUF. */
export interface RingBufferMap {
  /** The map. It stays the caller's, who closes it after the ring buffer. */
  readonly mapFd: Fd
  /** The map's `max_entries`: bytes of the data area, a power of two and a multiple of the page size. */
  readonly size: number
  /** The map's name, for errors. */
  readonly name?: string | undefined
}

/** A ring buffer's two mappings. Nobody may touch `memory` after `unmap()`. */
export interface RingMapping {
  readonly memory: RingMemory
  readonly unmap: () => void
}

/**
 * Maps a ring buffer the only way in which the kernel permits it (`ringbuf_map_mmap_kern` in kernel/bpf/ringbuf.c, Linux
 * 6.18): the consumer page alone may be writable; the producer page and the data area, twice, are read-only.
 */
export function mapRing(kernel: Kernel, map: RingBufferMap): RingMapping {
  return mapBoth(kernel, map, { consumer: PROT_READ | PROT_WRITE, producer: PROT_READ })
}

/**
 * Maps a user ring buffer, of which the kernel permits the opposite (`ringbuf_map_mmap_user`): the consumer page is read-only, and
 * the producer page and the data area are writable.
 */
export function mapUserRing(kernel: Kernel, map: RingBufferMap): RingMapping {
  return mapBoth(kernel, map, { consumer: PROT_READ, producer: PROT_READ | PROT_WRITE })
}

function mapBoth(
  kernel: Kernel,
  map: RingBufferMap,
  protection: { readonly consumer: number; readonly producer: number },
): RingMapping {
  const { pageSize } = kernel
  checkSize(map, pageSize)
  const consumer = kernel.mmap(map.mapFd, {
    length: pageSize,
    protection: protection.consumer,
    flags: MAP_SHARED,
    offset: 0,
  })
  const producer = mapOrUndo(consumer, () =>
    kernel.mmap(map.mapFd, {
      length: pageSize + 2 * map.size,
      protection: protection.producer,
      flags: MAP_SHARED,
      offset: pageSize,
    }),
  )
  return {
    memory: { consumer: consumer.buffer, producer: producer.buffer, dataOffset: pageSize, size: map.size },
    unmap: () => {
      producer.unmap()
      consumer.unmap()
    },
  }
}

function checkSize({ size, name }: RingBufferMap, pageSize: number): void {
  const isPowerOfTwo = Number.isInteger(Math.log2(size))
  if (isPowerOfTwo && size >= pageSize && size < 2 ** 32) return
  throw new RingBufferError(
    'RINGBUF_BAD_ARGUMENT',
    `cannot map the ring buffer: its size is ${size} bytes, which is no power of two, or less than a page of` +
      ` ${pageSize} bytes. Pass the map's max_entries`,
    { map: name },
  )
}

function mapOrUndo(first: Mapping, mapSecond: () => Mapping): Mapping {
  try {
    return mapSecond()
  } catch (error) {
    first.unmap()
    throw error
  }
}

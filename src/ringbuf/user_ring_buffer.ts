import type { Fd } from '../base/units.ts'
import type { Kernel, PollHandle } from '../kernel/kernel.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import { mapUserRing, type RingBufferMap, type RingMapping } from './ring_mapping.ts'
import type { UserRecord } from './user_record.ts'
import { UserRing, type UserRingCounts } from './user_ring.ts'

export interface UserRingStatistics extends UserRingCounts {
  /** Reservations that found no space at once. */
  readonly full: number
  /** Bytes in the buffer that the programs have not consumed yet, headers and padding included; 0 after close(). */
  readonly used: number
  /** Bytes that the buffer has. */
  readonly size: number
  /** How many times the kernel said that space was freed, while somebody waited for it. */
  readonly wakeups: number
}

export interface ReserveOptions {
  /** Milliseconds after which the wait ends with RINGBUF_TIMEOUT. Default: none. */
  readonly timeout?: number | undefined
  /** Ends the wait with RINGBUF_ABORTED. */
  readonly signal?: AbortSignal | undefined
}

/** Somebody who waits for space. */
interface Waiter {
  readonly length: number
  readonly resolve: (record: UserRecord) => void
  readonly reject: (error: unknown) => void
}

/** The longest timeout that Node.js takes, in milliseconds. */
const MOST_MILLISECONDS = 2 ** 31 - 1

/**
 * The user's end of a BPF_MAP_TYPE_USER_RINGBUF map (Linux 6.1): records that programs consume with
 * `bpf_user_ringbuf_drain`. Nothing tells the programs that there is one: they drain when they run.
 *
 * Only one process at a time may write to a map.
 */
export class UserRingBuffer implements Disposable {
  readonly #kernel: Kernel
  readonly #mapping: RingMapping
  readonly #ring: UserRing
  readonly #fd: Fd
  readonly #size: number
  readonly #map: string | undefined
  /** In the order of their calls. */
  #waiters: Waiter[] = []
  #handle: PollHandle | undefined
  #wakeups = 0
  #full = 0
  #closed = false

  private constructor(kernel: Kernel, map: RingBufferMap) {
    this.#kernel = kernel
    this.#mapping = mapUserRing(kernel, map)
    this.#ring = new UserRing(this.#mapping.memory, map.name)
    this.#fd = map.mapFd
    this.#size = map.size
    this.#map = map.name
  }

  /**
   * Maps the user ring buffer into this process. Writing goes on where the map's last writer ended.
   *
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT if `map.size` is no size of a ring buffer; SyscallError if the kernel
   * refuses the mapping.
   */
  static open(kernel: Kernel, map: RingBufferMap): UserRingBuffer {
    return new UserRingBuffer(kernel, map)
  }

  get closed(): boolean {
    return this.#closed
  }

  get statistics(): UserRingStatistics {
    const used = this.#closed ? 0 : this.#ring.used
    return { ...this.#ring.counts, full: this.#full, used, size: this.#size, wakeups: this.#wakeups }
  }

  /**
   * Space for a record of `length` bytes, to be written and then submitted or discarded; undefined where there is none now, or
   * where somebody waits for space, who comes first.
   *
   * @throws RingBufferError RINGBUF_BAD_ARGUMENT for a record that is larger than the buffer, RINGBUF_CLOSED, RINGBUF_CORRUPT
   */
  reserve(length: number): UserRecord | undefined {
    this.#requireOpen()
    this.#ring.check(length)
    const record = this.#waiters.length === 0 ? this.#ring.reserve(length) : undefined
    if (record === undefined) this.#full++
    return record
  }

  /**
   * As `reserve()`, but waits for space. Those who wait get it in the order of their calls.
   *
   * @throws RingBufferError as `reserve`; RINGBUF_TIMEOUT, RINGBUF_ABORTED; RINGBUF_CLOSED also if the buffer is closed meanwhile
   */
  async reserveAsync(length: number, options: ReserveOptions = {}): Promise<UserRecord> {
    this.#requireOpen()
    this.#ring.check(length)
    this.#checkTimeout(options.timeout)
    if (options.signal?.aborted === true) throw this.#aborted(options.signal)
    return this.reserve(length) ?? (await this.#wait(length, options))
  }

  /** Writes a whole record; false where there is no space. */
  output(bytes: Uint8Array): boolean {
    const record = this.reserve(bytes.length)
    record?.setBytes(0, bytes)
    record?.submit()
    return record !== undefined
  }

  /** Writes a whole record once there is space, and may be given what `reserveAsync` is. */
  async outputAsync(bytes: Uint8Array, options: ReserveOptions = {}): Promise<void> {
    const record = await this.reserveAsync(bytes.length, options)
    record.setBytes(0, bytes)
    record.submit()
  }

  /**
   * Discards what is reserved, ends every wait with RINGBUF_CLOSED and unmaps the memory. What was submitted stays in the map.
   * A second call does nothing.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const { reject } of [...this.#waiters]) reject(this.#closedError())
    this.#ring.discardOpen()
    this.#mapping.unmap()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #wait(length: number, { timeout, signal }: ReserveOptions): Promise<UserRecord> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#leave(waiter)
      }
      const waiter: Waiter = {
        length,
        resolve: (record) => {
          settle()
          resolve(record)
        },
        reject: (error) => {
          settle()
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a reservation threw
          reject(error)
        },
      }
      const onAbort = (): void => {
        waiter.reject(this.#aborted(signal))
        this.#serve()
      }
      const onTimeout = (): void => {
        waiter.reject(this.#timedOut(length, timeout))
        this.#serve()
      }
      const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiters.push(waiter)
      try {
        this.#handle ??= this.#kernel.poll(
          [this.#fd],
          () => {
            this.#wakeups++
            this.#serve()
          },
          'writable',
        )
      } catch (error) {
        waiter.reject(error)
      }
    })
  }

  /** Gives the space that there is to those who wait, until the first for whom it is not enough. */
  #serve(): void {
    if (this.#closed) return
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      try {
        const record = this.#ring.reserve(waiter.length)
        if (record === undefined) return
        waiter.resolve(record)
      } catch (error) {
        waiter.reject(error)
      }
    }
  }

  #leave(waiter: Waiter): void {
    this.#waiters = this.#waiters.filter((each) => each !== waiter)
    if (this.#waiters.length > 0) return
    const handle = this.#handle
    this.#handle = undefined
    handle?.close()
  }

  #checkTimeout(timeout: number | undefined): void {
    if (timeout === undefined || (timeout >= 0 && timeout <= MOST_MILLISECONDS)) return
    throw new RingBufferError(
      'RINGBUF_BAD_ARGUMENT',
      `cannot wait ${timeout} ms for space: pass a number from 0 to ${MOST_MILLISECONDS}, or leave the timeout out`,
      { map: this.#map },
    )
  }

  #requireOpen(): void {
    if (this.#closed) throw this.#closedError()
  }

  #closedError(): RingBufferError {
    return new RingBufferError('RINGBUF_CLOSED', 'cannot write to the user ring buffer: it was closed', {
      map: this.#map,
    })
  }

  #timedOut(length: number, timeout = 0): RingBufferError {
    return new RingBufferError(
      'RINGBUF_TIMEOUT',
      `cannot reserve ${length} bytes: no program freed enough space within ${timeout} ms. Check that one runs that calls` +
        ' bpf_user_ringbuf_drain',
      { map: this.#map },
    )
  }

  #aborted(signal: AbortSignal | undefined): RingBufferError {
    return new RingBufferError('RINGBUF_ABORTED', 'cannot reserve space: the wait for it was aborted', {
      map: this.#map,
      cause: signal?.reason,
    })
  }
}

import type { Fd } from '../base/units.ts'
import type { Kernel, PollHandle } from '../kernel/kernel.ts'

/** What is waited for. */
export interface WaitTarget {
  readonly descriptors: readonly Fd[]
  /** Whether there are records, so that there is nothing to wait for. */
  readonly isReady: () => boolean
  /**
   * When poll(2) says that a descriptor is readable: as long as there are records, as of a BPF ring buffer
   * (`ringbuf_map_poll_kern` in kernel/bpf/ringbuf.c, Linux 6.18), or once for each wakeup, as of a perf event (`perf_poll` in
   * kernel/events/core.c, which takes the flag away that it answers with).
   */
  readonly readable: 'while records are there' | 'once for each wakeup'
}

/**
 * Waits until there are records.
 *
 * The event loop would report a ring buffer that nobody drains on every turn. So the first report of one that comes while
 * nobody waits ends the watching, and the next wait resumes it.
 *
 * Of a perf event, a wakeup can be lost: adding the event to an epoll descriptor asks it, and so takes the flag away, and
 * when epoll_wait(2) asks again there is none. Adding happens twice, here and when the event loop adds our descriptor to its own,
 * which it does when it polls next. So a wait that begins to watch looks for records at once, and again when the loop has polled:
 * those whose wakeup was lost are found, and whatever comes later is reported.
 */
export class RingWaiter implements Disposable {
  readonly #kernel: Kernel
  readonly #target: WaitTarget
  #handle: PollHandle | undefined
  #resolve: (() => void) | undefined
  #wakeups = 0

  constructor(kernel: Kernel, target: WaitTarget) {
    this.#kernel = kernel
    this.#target = target
  }

  /** How many times the kernel ended a wait. */
  get wakeups(): number {
    return this.#wakeups
  }

  /** Resolves when there are records or `wake()` is called. Keeps the process alive. One caller at a time. */
  wait(): Promise<void> {
    this.#handle ??= this.#watch()
    if (this.#target.isReady()) return Promise.resolve()
    this.#handle.ref()
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Ends the wait, if there is one. */
  wake(): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    this.#handle?.unref()
    resolve?.()
  }

  /** Ends the wait and the watching. */
  close(): void {
    this.wake()
    const handle = this.#handle
    this.#handle = undefined
    handle?.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #watch(): PollHandle {
    const handle = this.#kernel.poll(this.#target.descriptors, () => {
      this.#onReadable()
    })
    if (this.#target.readable === 'once for each wakeup') this.#lookAgain()
    return handle
  }

  /**
   * Looks twice: where this turn of the loop is polling already, what the first setImmediate() runs comes before the adding, and
   * what the second one runs does not.
   */
  #lookAgain(): void {
    const look = (): void => {
      if (this.#resolve !== undefined && this.#target.isReady()) this.wake()
    }
    setImmediate(() => {
      look()
      setImmediate(look)
    })
  }

  #onReadable(): void {
    if (this.#resolve === undefined) {
      if (this.#target.readable === 'while records are there') this.close()
      return
    }
    this.#wakeups++
    this.wake()
  }
}

import type { Fd } from '../base/units.ts'
import type { Kernel, PollHandle } from '../kernel/kernel.ts'

/**
 * Waits until a ring buffer is readable. poll(2) says so as long as the consumer position differs from the producer
 * position (`ringbuf_map_poll_kern` in kernel/bpf/ringbuf.c, Linux 6.18), so a wait that begins late ends at once. For
 * the same reason the event loop would report a buffer that nobody drains on every turn: the first report that comes
 * while nobody waits ends the watching, and the next wait resumes it.
 */
export class RingWaiter implements Disposable {
  readonly #kernel: Kernel
  readonly #fd: Fd
  #handle: PollHandle | undefined
  #resolve: (() => void) | undefined
  #wakeups = 0

  constructor(kernel: Kernel, fd: Fd) {
    this.#kernel = kernel
    this.#fd = fd
  }

  /** How many times the kernel ended a wait. */
  get wakeups(): number {
    return this.#wakeups
  }

  /** Resolves when the buffer is readable or `wake()` is called. Keeps the process alive. One caller at a time. */
  wait(): Promise<void> {
    this.#handle ??= this.#kernel.poll(this.#fd, () => {
      this.#onReadable()
    })
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

  #onReadable(): void {
    if (this.#resolve === undefined) {
      this.close()
      return
    }
    this.#wakeups++
    this.wake()
  }
}

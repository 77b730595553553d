import { BpfError } from '../base/errors.ts'
import type { Fd } from '../base/units.ts'
import type { Kernel } from './kernel.ts'

/**
 * Owns one file descriptor of this process: whoever holds it closes it, with `close()` or by `using`. Closing twice is
 * harmless.
 */
export class FileDescriptor implements Disposable {
  /** What the descriptor stands for, e.g. `map rb`; errors say it. */
  readonly what: string
  readonly #kernel: Kernel
  #fd: Fd | undefined

  constructor(kernel: Kernel, fd: Fd, what: string) {
    this.what = what
    this.#kernel = kernel
    this.#fd = fd
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once it was closed or released. */
  get fd(): Fd {
    if (this.#fd === undefined) throw this.#usedAfterClose()
    return this.#fd
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once it was closed or released. */
  requireOpen(): void {
    if (this.#fd === undefined) throw this.#usedAfterClose()
  }

  get closed(): boolean {
    return this.#fd === undefined
  }

  close(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) this.#kernel.close(fd)
  }

  /**
   * Closes on a thread of its own, for a descriptor whose release waits (a perf link waits for an RCU grace period). The
   * descriptor counts as closed from the call on.
   */
  async closeAsync(): Promise<void> {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) await this.#kernel.closeAsync(fd)
  }

  /** Hands the descriptor over to the caller, who closes it from now on. */
  release(): Fd {
    const fd = this.fd
    this.#fd = undefined
    return fd
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #usedAfterClose(): BpfError {
    return new BpfError('DESCRIPTOR_CLOSED', `${this.what} was used after it was closed`)
  }
}

/** What asks a command to end in order. */
const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Aborts on the first SIGINT or SIGTERM, or when `abort()` is called. A second signal ends the process at once, as it
 * would have without us; the kernel then detaches everything with the process's descriptors.
 */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController()
  readonly #stop = (): void => {
    this.abort()
  }

  constructor() {
    for (const signal of signals) process.on(signal, this.#stop)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort(): void {
    this[Symbol.dispose]()
    this.#controller.abort()
  }

  /** Gives the signals their default effect again. */
  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#stop)
  }
}

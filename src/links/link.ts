import { closeAll } from './close_all.ts'

/** What keeps a program attached until it is closed: a file descriptor, mostly. */
export interface Attachment {
  readonly closed: boolean
  close(): void
  closeAsync(): Promise<void>
}

/**
 * A program's attachment. It lasts as long as its descriptors are open, so that a process that dies, however it dies,
 * leaves nothing attached.
 */
export class Link implements Disposable, AsyncDisposable {
  /** The program that runs, or the struct_ops map whose programs do. */
  readonly program: string
  /** What it is attached to, for people: `tracepoint sched/sched_process_exec`. */
  readonly target: string
  /** In the order in which they are to be closed. */
  readonly #descriptors: readonly Attachment[]
  #closing: Promise<void> | undefined

  constructor(program: string, target: string, descriptors: readonly Attachment[]) {
    this.program = program
    this.target = target
    this.#descriptors = descriptors
  }

  /** Whether `close()` was called, here or through the object. */
  get detached(): boolean {
    return this.#descriptors.every((descriptor) => descriptor.closed)
  }

  /** Detaches. Takes as long as the kernel does: for a tracepoint tens of milliseconds, until no cpu is in the program. */
  close(): void {
    closeAll(this.#descriptors)
  }

  /** Detaches off the event loop, so that several links close side by side. Every caller waits until it is done. */
  closeAsync(): Promise<void> {
    this.#closing ??= this.#closeInTurn()
    return this.#closing
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAsync()
  }

  async #closeInTurn(): Promise<void> {
    try {
      for (const descriptor of this.#descriptors) await descriptor.closeAsync()
    } finally {
      this.close()
    }
  }
}

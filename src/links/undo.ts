import type { Attachment } from './link.ts'

/** An attachment that is no descriptor, so that it takes an action to end it. The action is tried once. */
export class Undo implements Attachment {
  readonly #undo: () => void
  #closed = false

  constructor(undo: () => void) {
    this.#undo = undo
  }

  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#undo()
  }

  closeAsync(): Promise<void> {
    return Promise.resolve().then(() => {
      this.close()
    })
  }
}

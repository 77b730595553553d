import { BpfError } from '../base/errors.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'

/**
 * Holds what a load has opened so far, so that a load that fails half-way closes it all. A load that succeeds hands
 * everything over with `release()`.
 */
export class DescriptorStack implements Disposable {
  #undo: (() => void)[] = []

  push(descriptor: FileDescriptor): FileDescriptor {
    this.onFailure(() => {
      descriptor.close()
    })
    return descriptor
  }

  /** A stack for what only one part of the load needs: it can be closed before, and is closed with this one otherwise. */
  nested(): DescriptorStack {
    const inner = new DescriptorStack()
    this.onFailure(() => {
      inner[Symbol.dispose]()
    })
    return inner
  }

  /** Closes a descriptor of a part that the load goes on without. */
  drop(descriptor: FileDescriptor): void {
    undoQuietly(() => {
      descriptor.close()
    })
  }

  /** Has `undo` called where the load fails, for what closing descriptors does not undo. */
  onFailure(undo: () => void): void {
    this.#undo.push(undo)
  }

  /** Whoever holds the descriptors by now closes them. */
  release(): void {
    this.#undo = []
  }

  /**
   * Closes what a failed load has opened, last things first. What close(2) says about it is not passed on: the descriptor
   * is free whatever it says (close(2), "Dealing with error returns from close()"), and the reason why the load failed is
   * what the caller has to see.
   */
  [Symbol.dispose](): void {
    for (const undo of this.#undo.reverse()) undoQuietly(undo)
    this.#undo = []
  }
}

function undoQuietly(undo: () => void): void {
  try {
    undo()
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
  }
}

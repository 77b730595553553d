import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { SyscallError } from '../kernel/syscall_error.ts'

/**
 * Holds what a load has opened so far, so that a load that fails half-way closes it all. A load that succeeds hands
 * everything over with `release()`.
 */
export class DescriptorStack implements Disposable {
  #descriptors: FileDescriptor[] = []

  push(descriptor: FileDescriptor): FileDescriptor {
    this.#descriptors.push(descriptor)
    return descriptor
  }

  /** Whoever holds the descriptors by now closes them. */
  release(): void {
    this.#descriptors = []
  }

  /**
   * Closes what a failed load has opened, last things first. What close(2) says about it is not passed on: the descriptor
   * is free whatever it says (close(2), "Dealing with error returns from close()"), and the reason why the load failed is
   * what the caller has to see.
   */
  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.reverse()) {
      try {
        descriptor.close()
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error
      }
    }
    this.#descriptors = []
  }
}

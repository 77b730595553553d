import type { FileDescriptor } from '../kernel/file_descriptor.ts'

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

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.reverse()) descriptor.close()
    this.#descriptors = []
  }
}

import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'

/** Bytes: the kernel writes at most this much at a time (`seq->size` is eight pages in kernel/bpf/bpf_iter.c, Linux 6.18). */
const CHUNK = 32 * 1024

/**
 * What an iterator's program writes about each of the kernel's objects, read once from the start to the end. The program runs
 * while it is read, in this thread, so that a reader that stops early costs nothing more.
 *
 *     using link = object.program('dump_task').attach()
 *     for (const line of link.openIterator().lines()) console.log(line)
 */
export class BpfIterator implements Disposable {
  readonly #kernel: Kernel
  readonly #file: FileDescriptor

  /** @param file From BPF_ITER_CREATE; this closes it. */
  constructor(kernel: Kernel, file: FileDescriptor) {
    this.#kernel = kernel
    this.#file = file
  }

  /**
   * Copies of the bytes, as the kernel hands them out: a piece never ends within what one call of the program wrote, unless that is
   * more than 32 KiB. The file is closed at the end, or where the loop is left.
   *
   * @throws SyscallError: E2BIG where one call of the program writes more than the kernel's buffer has room for (eight pages)
   */
  *chunks(): Generator<Uint8Array, void, undefined> {
    const buffer = new Uint8Array(CHUNK)
    try {
      for (;;) {
        const length = this.#read(buffer)
        if (length === 0) return
        yield buffer.slice(0, length)
      }
    } finally {
      this.close()
    }
  }

  /** Everything, as bytes. @throws as `chunks` */
  bytes(): Uint8Array {
    return Buffer.concat([...this.chunks()])
  }

  /** Everything, as text; bytes that are not UTF-8 become U+FFFD. @throws as `chunks` */
  text(): string {
    return new TextDecoder().decode(this.bytes())
  }

  /** The lines, without their ends; what stands behind the last end is a line if it is not empty. @throws as `chunks` */
  *lines(): Generator<string, void, undefined> {
    const decoder = new TextDecoder()
    let rest = ''
    for (const chunk of this.chunks()) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    rest += decoder.decode()
    if (rest !== '') yield rest
  }

  close(): void {
    this.#file.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** A program that skips a million objects in a row makes the kernel pause with EAGAIN (`MAX_ITER_OBJECTS`). */
  #read(buffer: Uint8Array): number {
    for (;;) {
      try {
        return this.#kernel.read(this.#file.fd, buffer)
      } catch (error) {
        if (!(error instanceof SyscallError) || error.errnoName !== 'EAGAIN') throw error
      }
    }
  }
}

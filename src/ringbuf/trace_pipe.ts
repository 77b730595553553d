import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { openTracePipe } from '../kernel/tracefs.ts'
import { RingBufferError } from './ring_buffer_error.ts'
import { RingWaiter } from './ring_waiter.ts'

/** Bytes of one read; the kernel gives a page of whole lines at most. */
const CHUNK_BYTES = 64 * 1024

/**
 * The kernel's trace, line by line, as `cat /sys/kernel/tracing/trace_pipe` shows it: what programs write with `bpf_printk`, and
 * every other event that somebody has enabled. tracefs need not be mounted. A line is read once by one of all readers on the
 * machine; nobody else sees it (Documentation/trace/ftrace.rst, Linux 6.18).
 *
 * Lines stay in the kernel's buffer until they are asked for, a page at a time. Where that buffer is full the oldest are lost, and
 * a line such as `CPU:1 [LOST 34 EVENTS]` says so.
 */
export class TracePipe implements Disposable {
  readonly #file: FileDescriptor
  readonly #kernel: Kernel
  readonly #waiter: RingWaiter
  readonly #buffer = new Uint8Array(CHUNK_BYTES)
  readonly #decoder = new TextDecoder()
  /** Lines that were read and not handed over yet. */
  #lines: string[] = []
  /** The start of a line whose end was not read yet. */
  #rest = ''
  #reading = false

  private constructor(kernel: Kernel, file: FileDescriptor) {
    this.#kernel = kernel
    this.#file = file
    this.#waiter = new RingWaiter(kernel, {
      descriptors: [file.fd],
      isReady: () => false,
      readable: 'while records are there',
    })
  }

  /** @throws KernelError 'NO_TRACEFS', 'TRACE_IN_USE'; PermissionError */
  static open(kernel: Kernel): TracePipe {
    return new TracePipe(kernel, openTracePipe(kernel))
  }

  get closed(): boolean {
    return this.#file.closed
  }

  /**
   * Each line as it comes, without its line feed; bytes that are not UTF-8 become U+FFFD. Ends with the signal's abort or with
   * close(). Lines that were not asked for are there for the next call.
   *
   * @throws RingBufferError RINGBUF_CLOSED, RINGBUF_IN_USE while somebody else is reading, both at the first line; SyscallError
   */
  async *lines({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<string, void> {
    this.#begin()
    const onAbort = (): void => {
      this.#waiter.wake()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      while (signal?.aborted !== true) {
        const line = this.#lines.shift()
        if (line !== undefined) yield line
        else if (this.closed) return
        else if (this.#read()) await nextTurn()
        else await this.#waiter.wait()
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#waiter.close()
      this.#reading = false
    }
  }

  /** Ends the reading. A second call does nothing. */
  close(): void {
    this.#waiter.close()
    this.#lines = []
    this.#file.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Reads what is there, up to a page; false where there is nothing. */
  #read(): boolean {
    const count = this.#readNow()
    if (count === 0) return false
    const text = this.#rest + this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true })
    const lines = text.split('\n')
    this.#rest = lines.pop() ?? ''
    this.#lines = lines
    return true
  }

  #readNow(): number {
    try {
      return this.#kernel.read(this.#file.fd, this.#buffer)
    } catch (error) {
      if (error instanceof SyscallError && error.errnoName === 'EAGAIN') return 0
      throw error
    }
  }

  #begin(): void {
    if (this.closed) throw new RingBufferError('RINGBUF_CLOSED', 'cannot read the trace: its pipe was closed')
    if (this.#reading) {
      throw new RingBufferError(
        'RINGBUF_IN_USE',
        'cannot read the trace: it is being read. End that reading first',
      )
    }
    this.#reading = true
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

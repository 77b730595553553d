import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { pinDescriptor } from '../kernel/pin.ts'
import { AttachError } from './attach_error.ts'
import { closeAll } from './close_all.ts'

/** What keeps a program attached until it is closed: a file descriptor, mostly. */
export interface Attachment {
  readonly closed: boolean
  close(): void
  closeAsync(): Promise<void>
}

/** A bpf_link, which is an object of the kernel's; older ways to attach have none. */
export interface KernelLink {
  readonly kernel: Kernel
  readonly descriptor: FileDescriptor
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
  readonly #kernelLink: KernelLink | undefined
  #closing: Promise<void> | undefined

  constructor(program: string, target: string, descriptors: readonly Attachment[], kernelLink?: KernelLink) {
    this.program = program
    this.target = target
    this.#descriptors = descriptors
    this.#kernelLink = kernelLink
  }

  /** Whether `close()` was called, here or through the object. */
  get detached(): boolean {
    return this.#descriptors.every((descriptor) => descriptor.closed)
  }

  /**
   * Gives the link a name in the BPF file system. From then on the program stays attached until the name is removed,
   * whatever becomes of this process; `close()` only lets go of it.
   *
   * @throws AttachError 'ATTACH_NOT_PINNABLE' where this kernel attaches without a bpf_link; KernelError 'NO_BPFFS',
   *   'PIN_FAILED'; PermissionError; BpfError 'DESCRIPTOR_CLOSED'
   */
  pin(path: string): void {
    if (this.#kernelLink === undefined) {
      throw new AttachError(
        'ATTACH_NOT_PINNABLE',
        `cannot pin the attachment of program ${this.program} to ${this.target}: this kernel attaches it without a ` +
          'bpf_link, so that it ends with this process',
        { program: this.program },
      )
    }
    pinDescriptor(this.#kernelLink.kernel, this.#kernelLink.descriptor, path)
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

import { BPF_LINK_INFO } from '../abi/bpf_info.ts'
import { bpf_link_type } from '../abi/generated/bpf.ts'
import type { LinkDetails } from '../abi/link_info.ts'
import { createIterator, detachLink, infoByFd, updateLink } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { pinDescriptor } from '../kernel/pin.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { BpfProgram } from '../programs/bpf_program.ts'
import { AttachError, type AttachErrorCode } from './attach_error.ts'
import { BpfIterator } from './bpf_iterator.ts'
import { closeAll } from './close_all.ts'
import { linkDetails } from './link_details.ts'

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

/** What the kernel says of a bpf_link. */
export interface LinkInfo {
  readonly id: number
  /** A number of `enum bpf_link_type`. */
  readonly type: number
  /** The name of `type`, e.g. `BPF_LINK_TYPE_TRACING`; undefined for one that is newer than this table. */
  readonly typeName: keyof typeof bpf_link_type | undefined
  /** 0 for links of struct_ops maps. */
  readonly programId: number
  /** What links of this type tell besides, by the kernel's names; undefined where this table has nothing of the type. */
  readonly details: LinkDetails | undefined
}

/**
 * A program's attachment. It lasts as long as its descriptors are open, so that a process that dies, however it dies, leaves
 * nothing attached; the older ways that outlive a process (netlink, BPF_PROG_ATTACH) say so where they are used. A worker thread
 * that is terminated runs no code any more: what it attached stays until the process ends, so tell it to close instead.
 */
export class Link implements Disposable, AsyncDisposable {
  /** What it is attached to, for people: `tracepoint sched/sched_process_exec`. */
  readonly target: string
  /** In the order in which they are to be closed. */
  readonly #descriptors: readonly Attachment[]
  readonly #kernelLink: KernelLink | undefined
  #program: string
  #detached = false
  #closing: Promise<void> | undefined

  constructor(program: string, target: string, descriptors: readonly Attachment[], kernelLink?: KernelLink) {
    this.#program = program
    this.target = target
    this.#descriptors = descriptors
    this.#kernelLink = kernelLink
  }

  /** The program that runs, or the struct_ops map whose programs do. */
  get program(): string {
    return this.#program
  }

  /** Whether `close()` or `detach()` was called, here or through the object. */
  get detached(): boolean {
    return this.#detached || this.closed
  }

  /** Whether nothing of the link is open any more. */
  get closed(): boolean {
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
    const { kernel, descriptor } = this.#requireKernelLink('pin', 'ATTACH_NOT_PINNABLE')
    pinDescriptor(kernel, descriptor, path)
  }

  /**
   * What the kernel says of the link.
   *
   * @throws AttachError 'ATTACH_NO_LINK' where this kernel attaches without a bpf_link; SyscallError; BpfError
   *   'DESCRIPTOR_CLOSED'
   */
  info(): LinkInfo {
    const { kernel, descriptor } = this.#requireKernelLink('ask about', 'ATTACH_NO_LINK')
    const { id, type, prog_id } = infoByFd(kernel, descriptor.fd, BPF_LINK_INFO)
    const typeName = linkTypeNames.get(type)
    return { id, type, typeName, programId: prog_id, details: linkDetails(kernel, descriptor.fd, typeName) }
  }

  /**
   * Puts another program in the place of the one that is attached, with no moment in which none is: BPF_LINK_UPDATE (Linux
   * 5.7). Links of cgroups, network namespaces and devices and of iterators can; those of tracing programs, kprobes, uprobes
   * and perf events have no way to, and the kernel answers EINVAL.
   *
   * @throws AttachError 'ATTACH_UPDATE_FAILED', 'ATTACH_NO_LINK'; BpfError 'DESCRIPTOR_CLOSED'
   */
  update(program: BpfProgram): void {
    const { kernel, descriptor } = this.#requireKernelLink('update', 'ATTACH_NO_LINK')
    const values = { link_fd: descriptor.fd, new_prog_fd: program.fd }
    this.#attempt('ATTACH_UPDATE_FAILED', `put program ${program.name} in the place of`, () => {
      updateLink(kernel, values)
    })
    this.#program = program.name
  }

  /**
   * Ends the attachment although the link stays open and pinned, which then stands for nothing: BPF_LINK_DETACH (Linux 5.9).
   * Links of cgroups, network namespaces and devices and of struct_ops maps can; others end when they are closed and
   * unpinned, and the kernel answers EOPNOTSUPP.
   *
   * @throws AttachError 'ATTACH_DETACH_FAILED', 'ATTACH_NO_LINK'; BpfError 'DESCRIPTOR_CLOSED'
   */
  detach(): void {
    const { kernel, descriptor } = this.#requireKernelLink('detach', 'ATTACH_NO_LINK')
    const { fd } = descriptor
    this.#attempt('ATTACH_DETACH_FAILED', 'detach', () => {
      detachLink(kernel, fd)
    })
    this.#detached = true
  }

  /**
   * Runs the iterator that the link is of, from its start: BPF_ITER_CREATE (Linux 5.8). It can be asked for as often as one likes,
   * and each lasts on when the link is closed.
   *
   * @throws AttachError 'ATTACH_NO_ITERATOR' where the link is of something else; 'ATTACH_NO_LINK'; BpfError 'DESCRIPTOR_CLOSED'
   */
  openIterator(): BpfIterator {
    const { kernel, descriptor } = this.#requireKernelLink('read', 'ATTACH_NO_LINK')
    const { fd } = descriptor
    return this.#attempt(
      'ATTACH_NO_ITERATOR',
      'open an iterator of',
      () => new BpfIterator(kernel, createIterator(kernel, fd)),
    )
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

  #requireKernelLink(use: string, code: AttachErrorCode): KernelLink {
    if (this.#kernelLink !== undefined) return this.#kernelLink
    throw new AttachError(
      code,
      `cannot ${use} the attachment of program ${this.program} to ${this.target}: it was made without a bpf_link, as this ` +
        'kernel or the target asks for, and can only be closed',
      { program: this.program },
    )
  }

  #attempt<Result>(code: AttachErrorCode, tried: string, attempt: () => Result): Result {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      const cause = permissionErrorFor(error) ?? error
      const message = `cannot ${tried} program ${this.program} at ${this.target}: ${cause.message}`
      throw new AttachError(code, message, { program: this.program, cause })
    }
  }
}

const linkTypeNames: ReadonlyMap<number, LinkInfo['typeName']> = new Map(
  namesOf(bpf_link_type).map((name) => [bpf_link_type[name], name]),
)

/** Object.keys() says `string[]`; the table is one of constants and has no other keys. */
function namesOf<Table extends Readonly<Record<string, number>>>(table: Table): (keyof Table & string)[] {
  return Object.keys(table).filter((name): name is keyof Table & string => Object.hasOwn(table, name))
}

import type { Fd } from '../base/units.ts'
import { testRunProgram, type TestRunResult } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { pinDescriptor } from '../kernel/pin.ts'
import type { ProgramSection } from '../object/section_names.ts'

export interface TestRunOptions {
  /** The packet, for programs that work on one: at least an Ethernet header, 14 bytes. The program changes a copy of it. */
  readonly dataIn?: Uint8Array | undefined
  /** The context, as `struct __sk_buff`, `struct xdp_md` or the arguments of a raw tracepoint; for syscall programs any bytes. */
  readonly ctxIn?: Uint8Array | undefined
  /** Filled with the packet after the last run, as much of it as there is room for. */
  readonly dataOut?: Uint8Array | undefined
  /** Filled with the context after the last run. */
  readonly ctxOut?: Uint8Array | undefined
  /** How many times the program runs, one run after the other. Default 1. */
  readonly repeat?: number | undefined
}

/** A program that the verifier accepted. */
export class BpfProgram implements Disposable {
  readonly name: string
  readonly section: ProgramSection
  /** What the verifier said of the program, where the load asked for it with its option `verifierLog`; else ''. */
  readonly verifierLog: string
  readonly #kernel: Kernel
  readonly #descriptor: FileDescriptor

  constructor(
    kernel: Kernel,
    descriptor: FileDescriptor,
    name: string,
    section: ProgramSection,
    verifierLog = '',
  ) {
    this.#kernel = kernel
    this.#descriptor = descriptor
    this.name = name
    this.section = section
    this.verifierLog = verifierLog
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the program was closed. */
  get fd(): Fd {
    return this.#descriptor.fd
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the program was closed. */
  requireOpen(): void {
    this.#descriptor.requireOpen()
  }

  /**
   * Runs the program now, without attaching it, in this thread. Whatever it does to maps and ring buffers happens; packets
   * go nowhere. For the program types that Documentation/bpf/bpf_prog_run.rst (Linux 6.18) lists: socket filters, tc, XDP,
   * cgroup_skb, raw tracepoints, syscall and others, but no tracepoints and no kprobes.
   *
   *     const { retval } = program.testRun({ dataIn: packet })
   *
   * @throws SyscallError where the kernel refuses: ENOTSUPP for another program type, EINVAL for data that is too short and
   * for what the type does not take, ENOSPC where `dataOut` has no room for the packet; AbiError for a `repeat` that is no u32; BpfError 'DESCRIPTOR_CLOSED' once the program was closed.
   */
  testRun({ dataIn, ctxIn, dataOut, ctxOut, repeat }: TestRunOptions = {}): TestRunResult {
    return testRunProgram(this.#kernel, {
      prog_fd: this.fd,
      data_in: dataIn,
      data_size_in: dataIn?.length,
      data_out: dataOut,
      data_size_out: dataOut?.length,
      ctx_in: ctxIn,
      ctx_size_in: ctxIn?.length,
      ctx_out: ctxOut,
      ctx_size_out: ctxOut?.length,
      repeat,
    })
  }

  /**
   * Gives the program a name in the BPF file system, which keeps it in the kernel.
   *
   * @throws KernelError 'NO_BPFFS', 'PIN_FAILED'; PermissionError; BpfError 'DESCRIPTOR_CLOSED'
   */
  pin(path: string): void {
    pinDescriptor(this.#kernel, this.#descriptor, path)
  }

  /** Gives up this process's hold on the program; a link that is still open keeps it running. */
  close(): void {
    this.#descriptor.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

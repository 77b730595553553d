/**
 * What the kernel is to write into a log: bits of `log_level` of BPF_PROG_LOAD (include/linux/bpf_verifier.h, Linux 6.18).
 * BPF_BTF_LOAD takes level 1.
 */
export const BPF_LOG_LEVEL1 = 1
export const BPF_LOG_LEVEL2 = 2
export const BPF_LOG_STATS = 4

/** What is missing of a log that was longer than its buffer. */
export type LogLoss = 'nothing' | 'start' | 'end'

/**
 * A log of BPF_PROG_LOAD or BPF_BTF_LOAD: what was asked for, and after the call what the kernel wrote. Where the log is
 * longer than the buffer the call fails with ENOSPC, whatever the kernel thinks of the program. Since Linux 6.4 the buffer
 * then has the log's end, and the kernel tells how long all of it is; before, it has the log's start (kernel/bpf/log.c,
 * `bpf_verifier_vlog` and `bpf_vlog_finalize`).
 */
export class KernelLog {
  readonly level: number
  readonly buffer: Uint8Array
  /** Bytes of the whole log with the NUL behind it, as the kernel told; 0 before Linux 6.4, which does not tell. */
  trueSize = 0

  /** @param size Bytes of the buffer; kernels take 128 to 2^30 - 1. */
  constructor(level: number, size: number) {
    this.level = level
    this.buffer = new Uint8Array(size)
  }

  /** What the kernel wrote, up to the NUL. */
  get text(): string {
    const end = this.buffer.indexOf(0)
    return new TextDecoder().decode(this.buffer.subarray(0, end === -1 ? this.buffer.length : end))
  }
}

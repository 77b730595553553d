import { BpfError } from '../base/errors.ts'
import type { BpfProgram } from '../index.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { ProgramTypeName } from '../object/section_definitions.ts'

/** The kernel would not run a program. */
export class RunRefusedError extends BpfError {
  declare readonly code: 'RUN_REFUSED'
}

const PACKET = '--data-in with a packet, at least an Ethernet header of 14 bytes and at most about a page'
const OF_SKB = `${PACKET}; --ctx-in, where given, with a struct __sk_buff that has zeros but in the fields that may be set, such as mark, priority, ifindex, cb and tstamp`
const OF_RAW_TRACEPOINT =
  '--ctx-in with the arguments that the program reads, 8 bytes each and at most 12; no --data-in, --data-out, --ctx-out and --repeat'

/**
 * What each type takes, as options of ours (Documentation/bpf/bpf_prog_run.rst, and what Linux 6.18 answered when it was
 * tried).
 */
const needs: Readonly<Partial<Record<ProgramTypeName, string>>> = {
  BPF_PROG_TYPE_SOCKET_FILTER: OF_SKB,
  BPF_PROG_TYPE_SCHED_CLS: OF_SKB,
  BPF_PROG_TYPE_SCHED_ACT: OF_SKB,
  BPF_PROG_TYPE_CGROUP_SKB: OF_SKB,
  BPF_PROG_TYPE_LWT_IN: OF_SKB,
  BPF_PROG_TYPE_LWT_OUT: OF_SKB,
  BPF_PROG_TYPE_LWT_XMIT: OF_SKB,
  BPF_PROG_TYPE_LWT_SEG6LOCAL: OF_SKB,
  BPF_PROG_TYPE_XDP: `${PACKET}; --ctx-in, where given, with a struct xdp_md whose data_end is the packet's length`,
  BPF_PROG_TYPE_FLOW_DISSECTOR: PACKET,
  BPF_PROG_TYPE_NETFILTER: '--data-in with an IP packet',
  BPF_PROG_TYPE_SK_LOOKUP: '--ctx-in with a struct bpf_sk_lookup, and no --data-in',
  BPF_PROG_TYPE_RAW_TRACEPOINT: OF_RAW_TRACEPOINT,
  BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE: OF_RAW_TRACEPOINT,
  BPF_PROG_TYPE_SYSCALL:
    '--ctx-in with at least as many bytes as the program reads; no --data-in, --data-out and --repeat',
}

/** The same error for people: what the program's type takes. Anything but a refusal is left as it is. */
export function explainRunRefusal(error: unknown, { name, section }: BpfProgram): unknown {
  if (!(error instanceof SyscallError)) return error
  const type = section.definition.programType
  const why = reason(error, type)
  const message = `cannot run program ${name} of type ${type}: ${why} (${error.errnoName})`
  return new RunRefusedError('RUN_REFUSED', message, { program: name, section: section.name, cause: error })
}

function reason(error: SyscallError, type: ProgramTypeName): string {
  switch (error.errnoName) {
    case 'ENOTSUPP':
      return 'the kernel can run programs of this type only where they are attached; load it and have its event happen'
    case 'ENOSPC':
      return 'the packet or the context has become larger than there is room for'
    case 'EINTR':
      return 'a signal came before it had run often enough; give a smaller --repeat'
    case 'EINVAL':
      return `the kernel does not take what it was given; it needs ${needs[type] ?? 'other options, or none'}`
    default:
      return error.message
  }
}

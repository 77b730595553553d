import type { bpf_attach_type, bpf_prog_type } from '../abi/generated/bpf.ts'

/** A name of `enum bpf_prog_type`. */
export type ProgramTypeName = keyof typeof bpf_prog_type

/** A name of `enum bpf_attach_type`. */
export type AttachTypeName = keyof typeof bpf_attach_type

/** What a section's name says of its programs, before the part behind the slash is looked at. */
export interface SectionDefinition {
  /** What the name is, or starts with before a `/`. */
  readonly prefix: string
  /** Whether more may follow the prefix, behind a `/`. It is written as a `+` in libbpf's table. */
  readonly suffix: 'none' | 'optional'
  readonly programType: ProgramTypeName
  /** `expected_attach_type` of BPF_PROG_LOAD; undefined where the program type has none. */
  readonly attachType: AttachTypeName | undefined
  readonly traits: readonly SectionTrait[]
  /** What the part behind the slash names, for definitions whose programs can be attached by it. */
  readonly attachedTo: AttachedTo | undefined
}

export type SectionTrait =
  /** The program may sleep: BPF_F_SLEEPABLE. */
  | 'sleepable'
  /** The program takes packets of several buffers: BPF_F_XDP_HAS_FRAGS. */
  | 'xdp-frags'
  /** The part behind the slash names a type of the kernel's BTF, which BPF_PROG_LOAD is told. */
  | 'attach-btf'
  /** Kernels before 4.17 do not know `expected_attach_type`, and the program does without. */
  | 'attach-type-optional'

/** Families of places that programs are attached to. */
export type AttachedTo =
  | 'kprobe'
  | 'kprobe.multi'
  | 'ksyscall'
  | 'uprobe'
  | 'uprobe.multi'
  | 'usdt'
  | 'tracepoint'
  | 'raw tracepoint'
  | 'trace'
  | 'trace.multi'
  | 'lsm'
  | 'iter'

type Short<Name extends string, Prefix extends string> = Name extends `${Prefix}${infer Rest}` ? Rest : never

/**
 * One line of the table.
 *
 * @param pattern With a `+` at its end where more may follow.
 * @param type Without BPF_PROG_TYPE_.
 * @param attach Without BPF_; '' for none.
 */
function define(
  pattern: string,
  type: Short<ProgramTypeName, 'BPF_PROG_TYPE_'>,
  attach: Short<AttachTypeName, 'BPF_'> | '',
  traits: readonly SectionTrait[] = [],
  attachedTo?: AttachedTo,
): SectionDefinition {
  return {
    prefix: pattern.replace(/\+$/, ''),
    suffix: pattern.endsWith('+') ? 'optional' : 'none',
    programType: `BPF_PROG_TYPE_${type}`,
    attachType: attach === '' ? undefined : `BPF_${attach}`,
    traits,
    attachedTo,
  }
}

const OPTIONAL = ['attach-type-optional'] as const
const SLEEPABLE = ['sleepable'] as const
const FRAGS = ['xdp-frags'] as const
const BTF = ['attach-btf'] as const
const BTF_SLEEPABLE = ['attach-btf', 'sleepable'] as const

/**
 * The section names that are understood: those of libbpf 1.6 (`section_defs` in src/libbpf.c), which document what
 * Documentation/bpf/libbpf/program_types.rst of Linux 6.18 lists; and the tracepoints that sleep, the sessions and the multiple
 * functions of tracing programs, which the libbpf of bpftool 7.8 knows (it says so, and what it passes to BPF_PROG_LOAD can be
 * watched). Where one is the start of another, the longer
 * one comes first.
 */
export const sectionDefinitions: readonly SectionDefinition[] = [
  define('socket', 'SOCKET_FILTER', ''),
  define('sk_reuseport/migrate', 'SK_REUSEPORT', 'SK_REUSEPORT_SELECT_OR_MIGRATE'),
  define('sk_reuseport', 'SK_REUSEPORT', 'SK_REUSEPORT_SELECT'),

  define('kprobe+', 'KPROBE', '', [], 'kprobe'),
  define('kretprobe+', 'KPROBE', '', [], 'kprobe'),
  define('uprobe+', 'KPROBE', '', [], 'uprobe'),
  define('uprobe.s+', 'KPROBE', '', SLEEPABLE, 'uprobe'),
  define('uretprobe+', 'KPROBE', '', [], 'uprobe'),
  define('uretprobe.s+', 'KPROBE', '', SLEEPABLE, 'uprobe'),
  define('kprobe.multi+', 'KPROBE', 'TRACE_KPROBE_MULTI', [], 'kprobe.multi'),
  define('kretprobe.multi+', 'KPROBE', 'TRACE_KPROBE_MULTI', [], 'kprobe.multi'),
  define('kprobe.session+', 'KPROBE', 'TRACE_KPROBE_SESSION', [], 'kprobe.multi'),
  define('uprobe.multi+', 'KPROBE', 'TRACE_UPROBE_MULTI', [], 'uprobe.multi'),
  define('uretprobe.multi+', 'KPROBE', 'TRACE_UPROBE_MULTI', [], 'uprobe.multi'),
  define('uprobe.session+', 'KPROBE', 'TRACE_UPROBE_SESSION', [], 'uprobe.multi'),
  define('uprobe.multi.s+', 'KPROBE', 'TRACE_UPROBE_MULTI', SLEEPABLE, 'uprobe.multi'),
  define('uretprobe.multi.s+', 'KPROBE', 'TRACE_UPROBE_MULTI', SLEEPABLE, 'uprobe.multi'),
  define('uprobe.session.s+', 'KPROBE', 'TRACE_UPROBE_SESSION', SLEEPABLE, 'uprobe.multi'),
  define('ksyscall+', 'KPROBE', '', [], 'ksyscall'),
  define('kretsyscall+', 'KPROBE', '', [], 'ksyscall'),
  define('usdt+', 'KPROBE', '', [], 'usdt'),
  define('usdt.s+', 'KPROBE', '', SLEEPABLE, 'usdt'),

  define('tc/ingress', 'SCHED_CLS', 'TCX_INGRESS'),
  define('tc/egress', 'SCHED_CLS', 'TCX_EGRESS'),
  define('tcx/ingress', 'SCHED_CLS', 'TCX_INGRESS'),
  define('tcx/egress', 'SCHED_CLS', 'TCX_EGRESS'),
  define('tc', 'SCHED_CLS', ''),
  define('classifier', 'SCHED_CLS', ''),
  define('action', 'SCHED_ACT', ''),
  define('netkit/primary', 'SCHED_CLS', 'NETKIT_PRIMARY'),
  define('netkit/peer', 'SCHED_CLS', 'NETKIT_PEER'),

  define('tracepoint+', 'TRACEPOINT', '', [], 'tracepoint'),
  define('tp+', 'TRACEPOINT', '', [], 'tracepoint'),
  define('tracepoint.s+', 'TRACEPOINT', '', SLEEPABLE, 'tracepoint'),
  define('tp.s+', 'TRACEPOINT', '', SLEEPABLE, 'tracepoint'),
  define('raw_tracepoint+', 'RAW_TRACEPOINT', '', [], 'raw tracepoint'),
  define('raw_tp+', 'RAW_TRACEPOINT', '', [], 'raw tracepoint'),
  define('raw_tracepoint.s+', 'RAW_TRACEPOINT', '', SLEEPABLE, 'raw tracepoint'),
  define('raw_tp.s+', 'RAW_TRACEPOINT', '', SLEEPABLE, 'raw tracepoint'),
  define('raw_tracepoint.w+', 'RAW_TRACEPOINT_WRITABLE', '', [], 'raw tracepoint'),
  define('raw_tp.w+', 'RAW_TRACEPOINT_WRITABLE', '', [], 'raw tracepoint'),

  define('tp_btf+', 'TRACING', 'TRACE_RAW_TP', BTF, 'trace'),
  define('tp_btf.s+', 'TRACING', 'TRACE_RAW_TP', BTF_SLEEPABLE, 'trace'),
  define('fentry+', 'TRACING', 'TRACE_FENTRY', BTF, 'trace'),
  define('fmod_ret+', 'TRACING', 'MODIFY_RETURN', BTF, 'trace'),
  define('fexit+', 'TRACING', 'TRACE_FEXIT', BTF, 'trace'),
  define('fentry.s+', 'TRACING', 'TRACE_FENTRY', BTF_SLEEPABLE, 'trace'),
  define('fmod_ret.s+', 'TRACING', 'MODIFY_RETURN', BTF_SLEEPABLE, 'trace'),
  define('fexit.s+', 'TRACING', 'TRACE_FEXIT', BTF_SLEEPABLE, 'trace'),
  define('fsession+', 'TRACING', 'TRACE_FSESSION', BTF, 'trace'),
  define('fsession.s+', 'TRACING', 'TRACE_FSESSION', BTF_SLEEPABLE, 'trace'),
  define('fentry.multi+', 'TRACING', 'TRACE_FENTRY_MULTI', [], 'trace.multi'),
  define('fentry.multi.s+', 'TRACING', 'TRACE_FENTRY_MULTI', SLEEPABLE, 'trace.multi'),
  define('fexit.multi+', 'TRACING', 'TRACE_FEXIT_MULTI', [], 'trace.multi'),
  define('fexit.multi.s+', 'TRACING', 'TRACE_FEXIT_MULTI', SLEEPABLE, 'trace.multi'),
  define('fsession.multi+', 'TRACING', 'TRACE_FSESSION_MULTI', [], 'trace.multi'),
  define('fsession.multi.s+', 'TRACING', 'TRACE_FSESSION_MULTI', SLEEPABLE, 'trace.multi'),
  define('freplace+', 'EXT', '', BTF, 'trace'),
  define('lsm+', 'LSM', 'LSM_MAC', BTF, 'lsm'),
  define('lsm.s+', 'LSM', 'LSM_MAC', BTF_SLEEPABLE, 'lsm'),
  define('lsm_cgroup+', 'LSM', 'LSM_CGROUP', BTF),
  define('iter+', 'TRACING', 'TRACE_ITER', BTF, 'iter'),
  define('iter.s+', 'TRACING', 'TRACE_ITER', BTF_SLEEPABLE, 'iter'),
  define('syscall', 'SYSCALL', '', SLEEPABLE),

  define('xdp.frags/devmap', 'XDP', 'XDP_DEVMAP', FRAGS),
  define('xdp/devmap', 'XDP', 'XDP_DEVMAP'),
  define('xdp.frags/cpumap', 'XDP', 'XDP_CPUMAP', FRAGS),
  define('xdp/cpumap', 'XDP', 'XDP_CPUMAP'),
  define('xdp.frags', 'XDP', 'XDP', FRAGS),
  define('xdp', 'XDP', 'XDP', OPTIONAL),

  define('perf_event', 'PERF_EVENT', ''),
  define('lwt_in', 'LWT_IN', ''),
  define('lwt_out', 'LWT_OUT', ''),
  define('lwt_xmit', 'LWT_XMIT', ''),
  define('lwt_seg6local', 'LWT_SEG6LOCAL', ''),
  define('sockops', 'SOCK_OPS', 'CGROUP_SOCK_OPS', OPTIONAL),
  define('sk_skb/stream_parser', 'SK_SKB', 'SK_SKB_STREAM_PARSER', OPTIONAL),
  define('sk_skb/stream_verdict', 'SK_SKB', 'SK_SKB_STREAM_VERDICT', OPTIONAL),
  define('sk_skb/verdict', 'SK_SKB', 'SK_SKB_VERDICT', OPTIONAL),
  define('sk_skb', 'SK_SKB', ''),
  define('sk_msg', 'SK_MSG', 'SK_MSG_VERDICT', OPTIONAL),
  define('lirc_mode2', 'LIRC_MODE2', 'LIRC_MODE2', OPTIONAL),
  define('flow_dissector', 'FLOW_DISSECTOR', 'FLOW_DISSECTOR', OPTIONAL),

  define('cgroup_skb/ingress', 'CGROUP_SKB', 'CGROUP_INET_INGRESS', OPTIONAL),
  define('cgroup_skb/egress', 'CGROUP_SKB', 'CGROUP_INET_EGRESS', OPTIONAL),
  define('cgroup/skb', 'CGROUP_SKB', ''),
  define('cgroup/sock_create', 'CGROUP_SOCK', 'CGROUP_INET_SOCK_CREATE'),
  define('cgroup/sock_release', 'CGROUP_SOCK', 'CGROUP_INET_SOCK_RELEASE'),
  define('cgroup/sock', 'CGROUP_SOCK', 'CGROUP_INET_SOCK_CREATE', OPTIONAL),
  define('cgroup/post_bind4', 'CGROUP_SOCK', 'CGROUP_INET4_POST_BIND'),
  define('cgroup/post_bind6', 'CGROUP_SOCK', 'CGROUP_INET6_POST_BIND'),
  define('cgroup/bind4', 'CGROUP_SOCK_ADDR', 'CGROUP_INET4_BIND'),
  define('cgroup/bind6', 'CGROUP_SOCK_ADDR', 'CGROUP_INET6_BIND'),
  define('cgroup/connect4', 'CGROUP_SOCK_ADDR', 'CGROUP_INET4_CONNECT'),
  define('cgroup/connect6', 'CGROUP_SOCK_ADDR', 'CGROUP_INET6_CONNECT'),
  define('cgroup/connect_unix', 'CGROUP_SOCK_ADDR', 'CGROUP_UNIX_CONNECT'),
  define('cgroup/sendmsg4', 'CGROUP_SOCK_ADDR', 'CGROUP_UDP4_SENDMSG'),
  define('cgroup/sendmsg6', 'CGROUP_SOCK_ADDR', 'CGROUP_UDP6_SENDMSG'),
  define('cgroup/sendmsg_unix', 'CGROUP_SOCK_ADDR', 'CGROUP_UNIX_SENDMSG'),
  define('cgroup/recvmsg4', 'CGROUP_SOCK_ADDR', 'CGROUP_UDP4_RECVMSG'),
  define('cgroup/recvmsg6', 'CGROUP_SOCK_ADDR', 'CGROUP_UDP6_RECVMSG'),
  define('cgroup/recvmsg_unix', 'CGROUP_SOCK_ADDR', 'CGROUP_UNIX_RECVMSG'),
  define('cgroup/getpeername4', 'CGROUP_SOCK_ADDR', 'CGROUP_INET4_GETPEERNAME'),
  define('cgroup/getpeername6', 'CGROUP_SOCK_ADDR', 'CGROUP_INET6_GETPEERNAME'),
  define('cgroup/getpeername_unix', 'CGROUP_SOCK_ADDR', 'CGROUP_UNIX_GETPEERNAME'),
  define('cgroup/getsockname4', 'CGROUP_SOCK_ADDR', 'CGROUP_INET4_GETSOCKNAME'),
  define('cgroup/getsockname6', 'CGROUP_SOCK_ADDR', 'CGROUP_INET6_GETSOCKNAME'),
  define('cgroup/getsockname_unix', 'CGROUP_SOCK_ADDR', 'CGROUP_UNIX_GETSOCKNAME'),
  define('cgroup/sysctl', 'CGROUP_SYSCTL', 'CGROUP_SYSCTL'),
  define('cgroup/getsockopt', 'CGROUP_SOCKOPT', 'CGROUP_GETSOCKOPT'),
  define('cgroup/setsockopt', 'CGROUP_SOCKOPT', 'CGROUP_SETSOCKOPT'),
  define('cgroup/dev', 'CGROUP_DEVICE', 'CGROUP_DEVICE', OPTIONAL),

  define('struct_ops+', 'STRUCT_OPS', ''),
  define('struct_ops.s+', 'STRUCT_OPS', '', SLEEPABLE),
  define('sk_lookup', 'SK_LOOKUP', 'SK_LOOKUP'),
  define('netfilter', 'NETFILTER', 'NETFILTER'),
]

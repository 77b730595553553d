import type { Fd } from '../base/units.ts'
import type { KernelProbeTarget } from './kernel_probe_target.ts'
import type { IteratorTarget } from './iterator_target.ts'
import type { PerfEventTarget } from './perf_event_target.ts'
import type { UserProbeTarget } from './user_probe_target.ts'
import type {
  CgroupTarget,
  NetfilterTarget,
  NetkitTarget,
  NetworkNamespaceTarget,
  ReuseportTarget,
  SocketMapTarget,
  SocketTarget,
  TcTarget,
  TcxTarget,
  XdpTarget,
} from './network_targets.ts'

/**
 * What a program can be attached to, as data: what section names are read into, and what callers give to
 * `program.attach()`. One interface per family; src/links has one file for each.
 */
export type AttachTarget =
  | TracepointTarget
  | RawTracepointTarget
  | TracingTarget
  | FreplaceTarget
  | KernelProbeTarget
  | UserProbeTarget
  | PerfEventTarget
  | IteratorTarget
  | XdpTarget
  | TcTarget
  | TcxTarget
  | NetkitTarget
  | CgroupTarget
  | SocketMapTarget
  | NetworkNamespaceTarget
  | SocketTarget
  | ReuseportTarget
  | NetfilterTarget
  /** The name does not say where: the program is run, or attached by a call that does. */
  | { readonly kind: 'none' }
  /** The name says where, but not so that this version could attach the program there. */
  | { readonly kind: 'unsupported'; readonly why: string }

/** The targets that a program can indeed be attached to. */
export type AttachableTarget = Exclude<AttachTarget, { readonly kind: 'none' | 'unsupported' }>

/** The target of each kind. */
export type AttachTargets = {
  readonly [Kind in AttachableTarget['kind']]: Extract<AttachableTarget, { readonly kind: Kind }>
}

/** What targets of many kinds have. */
interface TakesCookie {
  /** 64 bits that the program gets from bpf_get_attach_cookie() wherever it runs for this link. Default 0. */
  readonly cookie?: bigint | undefined
}

/** A tracepoint of tracefs: `events/sched/sched_process_exec` is category `sched`, name `sched_process_exec`. */
export interface TracepointTarget extends TakesCookie {
  readonly kind: 'tracepoint'
  readonly category: string
  readonly name: string
}

/** A tracepoint whose arguments the program gets as the kernel passes them: `sched_switch`. Cookies since Linux 6.10. */
export interface RawTracepointTarget extends TakesCookie {
  readonly kind: 'raw_tracepoint'
  readonly name: string
}

/**
 * What the program was verified for when it was loaded: the function of an `fentry`, `fexit`, `fmod_ret` or `fsession` (Linux 7.0)
 * program, the tracepoint of a `tp_btf` program, the hook of an `lsm` program. Cookies since Linux 5.19, with `tp_btf` since 6.10.
 */
export interface TracingTarget extends TakesCookie {
  readonly kind: 'tracing'
}

/**
 * A function of a BPF program, for an `freplace` program to take its place. Without `program` it is the one that the program was
 * verified for when it was loaded (load option `targets`).
 */
export interface FreplaceTarget extends TakesCookie {
  readonly kind: 'freplace'
  /** Another program, whose function has the same parameters (Linux 5.10). */
  readonly program?: { readonly fd: Fd } | undefined
  /** Default: what stands behind the slash in the section's name, as in `freplace/handler`. */
  readonly function?: string | undefined
}

import { isBefore, MEMCG_ACCOUNTING } from './kernel_version.ts'
import type { Capability, PermissionFacts } from './permission_facts.ts'

/** The call that was refused: `syscall` and `command` as in SyscallError. */
export interface RefusedCall {
  readonly syscall: string
  readonly command?: string | undefined
  readonly errnoName: string
  /** What it needs, where that is known better than from its name. */
  readonly needs?: readonly Capability[] | undefined
}

export interface PermissionExplanation {
  /** The capabilities that the call needs and this process lacks. */
  readonly missing: readonly Capability[]
  /** Everything that stands in the way, as clauses. */
  readonly reasons: readonly string[]
  /** What to do, as a clause; undefined where nothing is known to stand in the way. */
  readonly remedy: string | undefined
}

interface Refusal {
  readonly call: RefusedCall
  readonly facts: PermissionFacts
  readonly missing: readonly Capability[]
}

/** Something that makes the kernel refuse a call. */
interface Cause {
  readonly applies: (refusal: Refusal) => boolean
  readonly reason: (refusal: Refusal) => string
  readonly remedy?: (refusal: Refusal) => string
}

/** What surely stands in the way, whatever else does. The remedy is that of the first that applies. */
const certainCauses: readonly Cause[] = [
  {
    applies: ({ missing }) => missing.length > 0,
    reason: ({ missing }) => `this process lacks ${list(missing)}`,
    remedy: ({ missing, facts }) =>
      facts.initialUserNamespace === false ? delegate : `run it as root, or give it ${list(missing)}`,
  },
  {
    applies: ({ facts, call }) => facts.initialUserNamespace === false && call.syscall === 'bpf',
    reason: () =>
      'it runs in a user namespace of its own (a container), where only what a BPF token delegates is permitted',
    remedy: () => delegate,
  },
  {
    applies: ({ facts, call }) => facts.initialUserNamespace === false && call.syscall !== 'bpf',
    reason: () =>
      'it runs in a user namespace of its own (a container), whose capabilities do not count here',
    remedy: () => 'run it outside of the container, or in one without a user namespace',
  },
  {
    applies: ({ facts, missing }) => missing.includes('CAP_BPF') && (facts.unprivilegedBpfDisabled ?? 0) > 0,
    reason: ({ facts }) => `kernel.unprivileged_bpf_disabled is ${facts.unprivilegedBpfDisabled ?? 0}`,
  },
  {
    applies: ({ facts, missing }) => missing.includes('CAP_PERFMON') && (facts.perfEventParanoid ?? -1) > 0,
    reason: ({ facts }) => `kernel.perf_event_paranoid is ${facts.perfEventParanoid ?? 0}`,
  },
  {
    applies: ({ facts, call }) => facts.lockdown === 'confidentiality' && call.command !== 'BPF_MAP_CREATE',
    reason: () =>
      'the kernel is locked down (confidentiality), which forbids BPF programs to read its memory',
    remedy: () => 'boot it without lockdown, or with lockdown=integrity',
  },
]

/** What may stand in the way where nothing surely does. All that apply are named. */
const possibleCauses: readonly Cause[] = [
  {
    applies: ({ call, facts }) =>
      (call.command === 'BPF_MAP_CREATE' || call.command === 'BPF_PROG_LOAD') &&
      facts.kernelVersion !== undefined &&
      isBefore(facts.kernelVersion, MEMCG_ACCOUNTING) &&
      Number.isFinite(facts.memlockLimit),
    reason: ({ facts: { memlockLimit = 0 } }) =>
      `kernels before 5.11 charge maps and programs to RLIMIT_MEMLOCK, which is ${memlockLimit / 1024} KiB here`,
    remedy: () =>
      'raise it with ulimit -l unlimited (for a service, LimitMEMLOCK=infinity), or give the process CAP_SYS_RESOURCE',
  },
  {
    applies: ({ facts }) => facts.seccompFilter === true,
    reason: () => 'a seccomp filter, such as container runtimes set up, may forbid it to this process',
    remedy: ({ call }) => `allow ${call.syscall}(2) in its profile`,
  },
  {
    applies: () => true,
    reason: ({ facts }) => `a security module${named(facts)} may forbid it`,
    remedy: () => "look for a denial in the kernel's log and the audit log",
  },
]

const delegate =
  'run it outside of the container as root, or mount a BPF file system for it with delegate_cmds, delegate_maps, ' +
  'delegate_progs and delegate_attachs, and load with bpffsTokenPath'

/** Those that refuse nothing of this kind, or are causes of their own. */
const harmlessModules: ReadonlySet<string> = new Set([
  'capability',
  'lockdown',
  'yama',
  'landlock',
  'integrity',
])

function named({ securityModules = [] }: PermissionFacts): string {
  const suspects = securityModules.filter((name) => name !== '' && !harmlessModules.has(name))
  return suspects.length === 0 ? '' : ` (${suspects.join(', ')})`
}

/** Compares what a refused call needs with the facts. Pure. */
export function explainPermission(call: RefusedCall, facts: PermissionFacts): PermissionExplanation {
  const missing = neededCapabilities(call, facts).filter((capability) => !holds(facts, capability, call))
  const refusal: Refusal = { call, facts, missing }
  const causes = certainCauses.filter(({ applies }) => applies(refusal))
  const remedies = causes.flatMap(({ remedy }) => (remedy === undefined ? [] : [remedy(refusal)]))
  return { missing, reasons: causes.map(({ reason }) => reason(refusal)), remedy: remedies[0] }
}

/** What may be behind a refusal that `explainPermission` has no reason for. Pure. */
export function suspectPermission(call: RefusedCall, facts: PermissionFacts): PermissionExplanation {
  const refusal: Refusal = { call, facts, missing: [] }
  const causes = possibleCauses.filter(({ applies }) => applies(refusal))
  return {
    missing: [],
    reasons: [causes.map(({ reason }) => reason(refusal)).join(', or ')],
    remedy: causes.map(({ remedy }) => remedy?.(refusal) ?? '').join(', or '),
  }
}

/**
 * What the call needs. CAP_BPF and CAP_PERFMON were split from CAP_SYS_ADMIN in Linux 5.8, and whoever has that one has
 * both (`bpf_capable`, `perfmon_capable` in include/linux/capability.h).
 */
function neededCapabilities(
  { syscall, command, needs }: RefusedCall,
  facts: PermissionFacts,
): readonly Capability[] {
  const ofNetwork = networkCapabilities.get(syscall)
  if (ofNetwork !== undefined) return [ofNetwork]
  if (facts.kernelVersion !== undefined && isBefore(facts.kernelVersion, [5, 8])) return ['CAP_SYS_ADMIN']
  // No map needs CAP_PERFMON: whoever has CAP_BPF was refused for another reason, although a program will need it.
  if (needs !== undefined && command === 'BPF_MAP_CREATE' && holds(facts, 'CAP_BPF', { syscall }))
    return needs.filter((capability) => capability !== 'CAP_PERFMON')
  if (needs !== undefined) return needs
  if (syscall === 'perf_event_open' || syscall === 'ioctl') return ['CAP_PERFMON']
  if (syscall !== 'bpf') return ['CAP_SYS_ADMIN']
  if (command === 'BPF_PROG_LOAD' || command === 'BPF_LINK_CREATE') return ['CAP_BPF', 'CAP_PERFMON']
  return command !== undefined && /_BY_ID$|_NEXT_ID$/.test(command) ? ['CAP_SYS_ADMIN'] : ['CAP_BPF']
}

/** Of calls that are older than BPF: rtnetlink(7) and packet(7). */
const networkCapabilities: ReadonlyMap<string, Capability> = new Map([
  ['netlink', 'CAP_NET_ADMIN'],
  ['socket', 'CAP_NET_RAW'],
])

/**
 * CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, and to bpf(2) for CAP_NET_ADMIN (`bpf_net_capable` in kernel/bpf/syscall.c,
 * Linux 6.18), which rtnetlink(7) and packet(7) do not take it for.
 */
function holds(
  { effective }: PermissionFacts,
  capability: Capability,
  { syscall }: Pick<RefusedCall, 'syscall'>,
): boolean {
  if (effective === undefined) return true
  if (effective.has(capability)) return true
  return standsFor.has(capability) && syscall !== 'netlink' && effective.has('CAP_SYS_ADMIN')
}

const standsFor: ReadonlySet<Capability> = new Set(['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'])

function list(names: readonly string[]): string {
  const [last = '', ...others] = [...names].reverse()
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`
}

import { readFileSync } from 'node:fs'
import { type KernelVersion, readKernelVersion } from './kernel_version.ts'
import { isInInitialUserNamespace } from './user_namespace.ts'

/** The capabilities (capabilities(7)) that matter here, with their bits in `CapEff` (include/uapi/linux/capability.h). */
const capabilityBits = {
  CAP_NET_ADMIN: 12n,
  CAP_NET_RAW: 13n,
  CAP_SYS_ADMIN: 21n,
  CAP_SYS_RESOURCE: 24n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
} as const

export type Capability = keyof typeof capabilityBits

const capabilities = [
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_SYS_ADMIN',
  'CAP_SYS_RESOURCE',
  'CAP_PERFMON',
  'CAP_BPF',
] as const satisfies readonly Capability[]

/** What this process may do and what this kernel allows; a fact that could not be read is undefined. */
export interface PermissionFacts {
  readonly effective: ReadonlySet<Capability> | undefined
  readonly kernelVersion: KernelVersion | undefined
  /** /proc/sys/kernel/unprivileged_bpf_disabled: 0 allows a little, 1 and 2 nothing. */
  readonly unprivilegedBpfDisabled: number | undefined
  /** /proc/sys/kernel/perf_event_paranoid: -1 allows everything, 2 and more only one's own user space. */
  readonly perfEventParanoid: number | undefined
  /** /sys/kernel/security/lockdown, e.g. `none`, `integrity`, `confidentiality`. */
  readonly lockdown: string | undefined
  /** Capabilities count only in the user namespace that the system started with, not in a container's own. */
  readonly initialUserNamespace: boolean | undefined
  /** Bytes of RLIMIT_MEMLOCK; Infinity where there is no limit. */
  readonly memlockLimit: number | undefined
  /** Whether a filter decides which system calls this process may issue (seccomp(2)). */
  readonly seccompFilter: boolean | undefined
  /** /sys/kernel/security/lsm, e.g. `capability`, `selinux`. */
  readonly securityModules: readonly string[] | undefined
}

/** Reads the facts from /proc and /sys. */
export function readPermissionFacts(
  read: (path: string) => string | undefined = readText,
  initialNamespace: () => boolean | undefined = isInInitialUserNamespace,
): PermissionFacts {
  const status = read('/proc/self/status')
  return {
    effective: effectiveIn(status),
    kernelVersion: readKernelVersion(read),
    unprivilegedBpfDisabled: integerIn(read('/proc/sys/kernel/unprivileged_bpf_disabled')),
    perfEventParanoid: integerIn(read('/proc/sys/kernel/perf_event_paranoid')),
    lockdown: /\[(\w+)\]/.exec(read('/sys/kernel/security/lockdown') ?? '')?.[1],
    initialUserNamespace: initialNamespace(),
    memlockLimit: memlockLimitIn(read('/proc/self/limits')),
    seccompFilter: seccompIn(status),
    securityModules: read('/sys/kernel/security/lsm')?.trim().split(','),
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function effectiveIn(status: string | undefined): ReadonlySet<Capability> | undefined {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1]
  if (mask === undefined) return undefined
  const bits = BigInt(`0x${mask}`)
  return new Set(capabilities.filter((capability) => (bits >> capabilityBits[capability]) & 1n))
}

/** `Seccomp: 2` is SECCOMP_MODE_FILTER (proc_pid_status(5)). */
function seccompIn(status: string | undefined): boolean | undefined {
  const mode = /^Seccomp:\s*(\d)$/m.exec(status ?? '')?.[1]
  return mode === undefined ? undefined : mode === '2'
}

/** The soft limit: `Max locked memory         8388608              8388608              bytes`. */
function memlockLimitIn(limits: string | undefined): number | undefined {
  const soft = /^Max locked memory\s+(\w+)/m.exec(limits ?? '')?.[1]
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? Infinity : Number(soft)
}

function integerIn(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+\s*$/.test(text) ? Number(text) : undefined
}

import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { BpfError, type BpfErrorOptions } from '../base/errors.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * Why the kernel does not permit something. A BPF loader is refused for many reasons and with two errnos, so the
 * explanation compares what the call needs with what this process has. Facts are read by `readPermissionFacts`; what
 * follows from them is computed by pure functions.
 */

/** The capabilities (capabilities(7)) that matter here, with their bits in `CapEff` (include/uapi/linux/capability.h). */
const CAPABILITY_BITS = { CAP_SYS_ADMIN: 21n, CAP_SYS_RESOURCE: 24n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const

export type Capability = keyof typeof CAPABILITY_BITS

/** What this process may do and what this kernel allows; a fact that could not be read is undefined. */
export interface PermissionFacts {
  readonly effective: ReadonlySet<Capability> | undefined
  /** Linux, e.g. [6, 18]. */
  readonly kernelVersion: readonly [number, number] | undefined
  /** /proc/sys/kernel/unprivileged_bpf_disabled: 0 allows a little, 1 and 2 nothing. */
  readonly unprivilegedBpfDisabled: number | undefined
  /** /proc/sys/kernel/perf_event_paranoid: -1 allows everything, 2 and more only one's own user space. */
  readonly perfEventParanoid: number | undefined
  /** /sys/kernel/security/lockdown, e.g. `none`, `integrity`, `confidentiality`. */
  readonly lockdown: string | undefined
  /** Capabilities count only in the user namespace that the system started with, not in a container's own. */
  readonly initialUserNamespace: boolean | undefined
}

/** The call that was refused: `syscall` and `command` as in SyscallError. */
export interface RefusedCall {
  readonly syscall: string
  readonly command?: string | undefined
  readonly errnoName: string
}

export interface PermissionExplanation {
  /** The capabilities that the call needs and this process lacks. */
  readonly missing: readonly Capability[]
  /** Everything that stands in the way, as sentences without their full stop. */
  readonly reasons: readonly string[]
}

/** The kernel did not permit it; `missing` names the capabilities that would have helped, if it was them. */
export class PermissionError extends BpfError {
  declare readonly code: 'NOT_PERMITTED'
  readonly missing: readonly string[]

  constructor(message: string, missing: readonly string[], options: BpfErrorOptions = {}) {
    super('NOT_PERMITTED', message, options)
    this.missing = missing
  }
}

/** Compares what a refused call needs with the facts. Pure. */
export function explainPermission(refused: RefusedCall, facts: PermissionFacts): PermissionExplanation {
  const missing = neededCapabilities(refused, facts).filter((capability) => !holds(facts, capability))
  const reasons: string[] = []
  if (missing.length > 0) reasons.push(`this process lacks ${missing.join(' and ')}`)
  if (facts.initialUserNamespace === false) {
    reasons.push(
      'it runs in a user namespace of its own (a container), whose capabilities do not count for BPF',
    )
  }
  if (missing.includes('CAP_BPF') && (facts.unprivilegedBpfDisabled ?? 0) > 0) {
    reasons.push(`kernel.unprivileged_bpf_disabled is ${facts.unprivilegedBpfDisabled ?? 0}`)
  }
  if (missing.includes('CAP_PERFMON') && (facts.perfEventParanoid ?? -1) > 0) {
    reasons.push(`kernel.perf_event_paranoid is ${facts.perfEventParanoid ?? 0}`)
  }
  if (facts.lockdown === 'confidentiality') {
    reasons.push('the kernel is locked down (confidentiality), which forbids BPF programs to read its memory')
  }
  return { missing, reasons }
}

/**
 * What the call needs. CAP_BPF and CAP_PERFMON were split from CAP_SYS_ADMIN in Linux 5.8, and whoever has that one has
 * both (`bpf_capable`, `perfmon_capable` in include/linux/capability.h).
 */
function neededCapabilities(
  { syscall, command }: RefusedCall,
  facts: PermissionFacts,
): readonly Capability[] {
  const [major, minor] = facts.kernelVersion ?? [6, 0]
  if (major < 5 || (major === 5 && minor < 8)) return ['CAP_SYS_ADMIN']
  if (syscall === 'perf_event_open' || syscall === 'ioctl') return ['CAP_PERFMON']
  if (syscall !== 'bpf') return ['CAP_SYS_ADMIN']
  if (command === 'BPF_PROG_LOAD' || command === 'BPF_LINK_CREATE') return ['CAP_BPF', 'CAP_PERFMON']
  return command !== undefined && /_BY_ID$|_NEXT_ID$/.test(command) ? ['CAP_SYS_ADMIN'] : ['CAP_BPF']
}

function holds({ effective }: PermissionFacts, capability: Capability): boolean {
  if (effective === undefined) return true
  if (effective.has(capability)) return true
  return (capability === 'CAP_BPF' || capability === 'CAP_PERFMON') && effective.has('CAP_SYS_ADMIN')
}

/**
 * Makes of a system call's EPERM or EACCES an error that says what is missing; undefined where `error` is something else.
 * The verifier answers EACCES to programs that it rejects, so EACCES counts only if something indeed is missing.
 *
 * @param purpose The most demanding call of what is being done, where that is another one: the error then names what all
 *   of it needs, so that nobody has to find out one capability at a time.
 */
export function permissionErrorFor(
  error: unknown,
  facts: PermissionFacts = readPermissionFacts(),
  purpose?: RefusedCall,
): PermissionError | undefined {
  if (!(error instanceof SyscallError)) return undefined
  if (error.errnoName !== 'EPERM' && error.errnoName !== 'EACCES') return undefined
  const { missing, reasons } = explainPermission(purpose ?? error, facts)
  if (error.errnoName === 'EACCES' && reasons.length === 0) return undefined

  const call = error.command ?? error.syscall
  const why = reasons.length > 0 ? reasons.join(', ') : 'a security module or a seccomp filter may forbid it'
  const remedy = missing.length > 0 ? `; run it as root, or give it ${missing.join(' and ')}` : ''
  return new PermissionError(`${call} is not permitted (${error.errnoName}): ${why}${remedy}`, missing, {
    cause: error,
  })
}

/** Reads the facts from /proc and /sys; what cannot be read is undefined. */
export function readPermissionFacts(read: (path: string) => string | undefined = readText): PermissionFacts {
  const version = /^(\d+)\.(\d+)/.exec(read('/proc/sys/kernel/osrelease') ?? release())
  return {
    effective: parseEffective(read('/proc/self/status')),
    kernelVersion: version === null ? undefined : [Number(version[1]), Number(version[2])],
    unprivilegedBpfDisabled: parseInteger(read('/proc/sys/kernel/unprivileged_bpf_disabled')),
    perfEventParanoid: parseInteger(read('/proc/sys/kernel/perf_event_paranoid')),
    lockdown: /\[(\w+)\]/.exec(read('/sys/kernel/security/lockdown') ?? '')?.[1],
    initialUserNamespace: parseUidMap(read('/proc/self/uid_map')),
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parseEffective(status: string | undefined): ReadonlySet<Capability> | undefined {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1]
  if (mask === undefined) return undefined
  const bits = BigInt(`0x${mask}`)
  const result = new Set<Capability>()
  for (const capability of CAPABILITIES) {
    if ((bits >> CAPABILITY_BITS[capability]) & 1n) result.add(capability)
  }
  return result
}

const CAPABILITIES = ['CAP_SYS_ADMIN', 'CAP_SYS_RESOURCE', 'CAP_PERFMON', 'CAP_BPF'] as const

function parseInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+\s*$/.test(text) ? Number(text) : undefined
}

/** The initial user namespace maps every uid to itself: `0 0 4294967295`. */
function parseUidMap(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : /^\s*0\s+0\s+4294967295\s*$/.test(text)
}

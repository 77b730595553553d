import { bpf_cmd } from '../abi/generated/bpf.ts'
import { RLIM_INFINITY, RLIMIT_MEMLOCK } from '../abi/syscall_flags.ts'
import type { Kernel, ResourceLimits } from './kernel.ts'
import { isBefore, MEMCG_ACCOUNTING, readKernelVersion } from './kernel_version.ts'
import { hasMemcgAccounting } from './probes/memcg_accounting.ts'
import { replaceBpf } from './replace_bpf.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * Before Linux 5.11 the memory of maps and programs is charged to their user, up to RLIMIT_MEMLOCK of the process that
 * makes them, which is 64 KiB on many systems. What goes beyond is refused with EPERM, whatever capabilities one has. Other
 * loaders raise the limit before every load. Here it is raised only after a refusal, and only where a probe says that the
 * kernel is one of these.
 */

/** The commands that are charged. */
const charged: ReadonlySet<number> = new Set([bpf_cmd.BPF_MAP_CREATE, bpf_cmd.BPF_PROG_LOAD])

/**
 * The kernel, with refused maps and programs asked for once more under a raised limit where the limit may be why. The limit
 * is the process's, and stays raised.
 */
export function memlockKernel(kernel: Kernel, version = readKernelVersion): Kernel {
  let settled = false
  return replaceBpf(kernel, (command, attr) => {
    try {
      return kernel.bpf(command, attr)
    } catch (error) {
      if (settled || !charged.has(command) || !isNotPermitted(error)) throw error
      settled = true
      if (!chargesMemlock(kernel, version) || raiseLimit(kernel) === 'as it was') throw error
    }
    return kernel.bpf(command, attr)
  })
}

/** The probe loads a program, and so may itself be refused for the limit's sake; then the release decides. */
function chargesMemlock(kernel: Kernel, version: typeof readKernelVersion): boolean {
  const accounting = hasMemcgAccounting(kernel).kind
  if (accounting !== 'could not be asked') return accounting === 'not there'
  const release = version()
  return release !== undefined && isBefore(release, MEMCG_ACCOUNTING)
}

/** No limit where the process may lift it, else as much as it may have without CAP_SYS_RESOURCE. */
function raiseLimit(kernel: Kernel): 'raised' | 'as it was' {
  const before = setLimit(kernel, undefined)
  if (before === undefined || before.soft === RLIM_INFINITY) return 'as it was'
  if (setLimit(kernel, { soft: RLIM_INFINITY, hard: RLIM_INFINITY }) !== undefined) return 'raised'
  if (before.soft === before.hard) return 'as it was'
  return setLimit(kernel, { soft: before.hard, hard: before.hard }) === undefined ? 'as it was' : 'raised'
}

function setLimit(kernel: Kernel, limits: ResourceLimits | undefined): ResourceLimits | undefined {
  try {
    return kernel.prlimit(RLIMIT_MEMLOCK, limits)
  } catch (error) {
    if (error instanceof SyscallError) return undefined
    throw error
  }
}

function isNotPermitted(error: unknown): boolean {
  return error instanceof SyscallError && error.errnoName === 'EPERM'
}

import { openKernel } from '../../src/kernel/linux.ts'
import { isBefore, MEMCG_ACCOUNTING, readKernelVersion } from '../../src/kernel/kernel_version.ts'
import { hasPerfLink } from '../../src/kernel/probes/perf_link.ts'
import type { ProbeOutcome } from '../../src/kernel/probes/probe.ts'
import type { KernelStep } from '../../src/kernel/steps.ts'
import { featureTest } from './require.ts'

/** What a probe says, for featureTest(). */
export function whyNotThere(outcome: ProbeOutcome): string | undefined {
  if (outcome.kind === 'there') return undefined
  return outcome.kind === 'not there' ? 'the probe finds that it is not there' : outcome.why.message
}

/** Tests of links that attach to perf events; before, an ioctl attaches. */
export const perfLinkTest = featureTest({
  name: 'BPF links of perf events',
  since: [5, 15],
  whyNot: () => whyNotThere(hasPerfLink(openKernel())),
})

/** Before Linux 5.11 maps and programs are charged to RLIMIT_MEMLOCK. */
export const chargesMemlock = isBefore(readKernelVersion() ?? [0, 0], MEMCG_ACCOUNTING)

/** What a command is put behind, so that a process without the right to raise that limit has none. */
export const underNoMemlock: readonly string[] = chargesMemlock
  ? ['prlimit', '--memlock=unlimited:unlimited']
  : []

/**
 * The calls that failed although they should not have on this kernel. Some are how old kernels are asked: a module list ends with
 * ENOENT, and before Linux 5.11 the first object that does not fit into RLIMIT_MEMLOCK is refused with EPERM.
 */
export function unexpectedFailures(calls: readonly KernelStep[]): readonly KernelStep[] {
  return calls.filter(({ command, outcome }) => {
    if (outcome.kind !== 'failed' || command === 'BPF_BTF_GET_NEXT_ID') return false
    if (chargesMemlock && outcome.errnoName === 'EPERM') return false
    // Then a probe asks whether the kernel is such a one, and EINVAL says yes.
    return !(chargesMemlock && command === 'BPF_PROG_LOAD' && outcome.errnoName === 'EINVAL')
  })
}

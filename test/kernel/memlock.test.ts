import { describe, expect, it } from 'vitest'
import { bpf_cmd, bpf_func_id } from '../../src/abi/generated/bpf.ts'
import { RLIM_INFINITY, RLIMIT_MEMLOCK } from '../../src/abi/syscall_flags.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import type { KernelVersion } from '../../src/kernel/kernel_version.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { memlockKernel } from '../../src/kernel/memlock.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { FakeKernel } from './fake_kernel.ts'
import { recordingKernel, type RecordingKernel } from './recording_kernel.ts'
import { linuxTest } from './require.ts'

const EPERM = 1
const EINVAL = 22
const MAP = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 }
const KIB = 1024n

interface Machine {
  readonly soft: bigint
  readonly hard: bigint
  /** What the map needs, locked. */
  readonly needs: bigint
  /** What a program needs. */
  readonly program?: bigint
  /** Whether it is Linux 5.11 or later, which charges nothing and knows the probe's helper. */
  readonly memcg?: true
  /** CAP_BPF. */
  readonly unprivileged?: true
}

/** A kernel that charges RLIMIT_MEMLOCK. */
function kernelOf({ soft, hard, needs, program = 4n * KIB, memcg, unprivileged }: Machine): {
  kernel: FakeKernel
  recording: RecordingKernel
} {
  const kernel = new FakeKernel()
  kernel.limits.set(RLIMIT_MEMLOCK, { soft, hard })
  const refuse = (errno: number): never => {
    throw new SyscallError({ syscall: 'bpf', errno })
  }
  kernel.onBpf = (command, attr) => {
    if (unprivileged) refuse(EPERM)
    const isProgram = command === bpf_cmd.BPF_PROG_LOAD
    const limit = kernel.limits.get(RLIMIT_MEMLOCK)?.soft ?? 0n
    if (!memcg && (isProgram ? program : needs) > limit) refuse(EPERM)
    if (isProgram && !memcg && callsCoarseTime(attr)) refuse(EINVAL)
    return kernel.allocate('bpf')
  }
  return { kernel, recording: recordingKernel(kernel) }
}

function callsCoarseTime({ pointers }: Parameters<FakeKernel['bpf']>[1]): boolean {
  const insns = pointers.find(({ field }) => field === 'insns')?.target
  return insns?.[4] === bpf_func_id.BPF_FUNC_ktime_get_coarse_ns
}

const old = (): KernelVersion => [5, 10]
const recent = (): KernelVersion => [6, 18]
const SMALL = { soft: 64n * KIB, hard: 64n * KIB, needs: 256n * KIB }

describe('memlockKernel', () => {
  it('issues one call where nothing is refused', () => {
    const { recording } = kernelOf({ ...SMALL, needs: 4n })
    createMap(memlockKernel(recording.kernel), MAP).close()
    expect(recording.names()).toEqual(['BPF_MAP_CREATE', 'close'])
  })

  it('lifts the limit of a kernel that charges it, and asks again', () => {
    const { kernel, recording } = kernelOf({ ...SMALL, hard: RLIM_INFINITY })
    createMap(memlockKernel(recording.kernel, recent), MAP).close()
    expect(kernel.limits.get(RLIMIT_MEMLOCK)).toEqual({ soft: RLIM_INFINITY, hard: RLIM_INFINITY })
    expect(recording.names().filter((name) => name === 'BPF_MAP_CREATE')).toHaveLength(2)
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('raises it as far as it may without CAP_SYS_RESOURCE', () => {
    const { kernel, recording } = kernelOf({ ...SMALL, hard: 512n * KIB })
    createMap(memlockKernel(recording.kernel, recent), MAP).close()
    expect(kernel.limits.get(RLIMIT_MEMLOCK)).toEqual({ soft: 512n * KIB, hard: 512n * KIB })
  })

  it('passes the refusal on where it may not be raised, and tries that once', () => {
    const { recording } = kernelOf(SMALL)
    const kernel = memlockKernel(recording.kernel, recent)
    expect(() => createMap(kernel, MAP)).toThrow('EPERM')
    const asked = recording.names().length
    expect(() => createMap(kernel, MAP)).toThrow('EPERM')
    expect(recording.names().length).toBe(asked + 1)
  })

  it('goes by the release where not even the probe can be charged', () => {
    const full = { ...SMALL, hard: RLIM_INFINITY, program: 128n * KIB }
    createMap(memlockKernel(kernelOf(full).kernel, old), MAP).close()
    expect(() => createMap(memlockKernel(kernelOf(full).kernel, recent), MAP)).toThrow('EPERM')
    expect(() =>
      createMap(
        memlockKernel(kernelOf(full).kernel, () => undefined),
        MAP,
      ),
    ).toThrow('EPERM')
  })

  it('leaves the limit of other kernels alone, whatever they refuse', () => {
    const { kernel, recording } = kernelOf({ ...SMALL, hard: RLIM_INFINITY, memcg: true })
    kernel.onBpf = ((usually) => (command, attr) => {
      if (command === bpf_cmd.BPF_MAP_CREATE) throw new SyscallError({ syscall: 'bpf', errno: EPERM })
      return usually(command, attr)
    })(kernel.onBpf)
    expect(() => createMap(memlockKernel(recording.kernel, old), MAP)).toThrow('EPERM')
    expect(recording.names()).not.toContain('prlimit64')
  })

  it('leaves the limit alone where CAP_BPF is what is missing', () => {
    const { recording } = kernelOf({ ...SMALL, unprivileged: true })
    expect(() => createMap(memlockKernel(recording.kernel, recent), MAP)).toThrow('EPERM')
    expect(recording.names()).not.toContain('prlimit64')
  })
})

describe('prlimit', () => {
  linuxTest('reads the limits of this process, and sets those that it has', () => {
    const kernel = openKernel()
    const limits = kernel.prlimit(RLIMIT_MEMLOCK, undefined)
    expect(limits.soft <= limits.hard && limits.hard > 0n).toBe(true)
    expect(kernel.prlimit(RLIMIT_MEMLOCK, limits)).toEqual(limits)
    expect(kernel.prlimit(RLIMIT_MEMLOCK, undefined)).toEqual(limits)
  })

  linuxTest('refuses a resource that there is not', () => {
    expect(() => openKernel().prlimit(99, undefined)).toThrow('prlimit64() failed with EINVAL')
  })
})

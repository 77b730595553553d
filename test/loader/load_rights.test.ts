import { describe, expect, it } from 'vitest'
import { bpf_func_id } from '../../src/abi/generated/bpf.ts'
import { RLIM_INFINITY, RLIMIT_MEMLOCK } from '../../src/abi/syscall_flags.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, bufferOf, fail, refuse, u32 } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const EPERM = 1
const EINVAL = 22
const ENOENT = 2
const BPF_F_TOKEN_FD = 1 << 16

describe('a load with a token', () => {
  /** A kernel that permits nothing without the token, as in a container. */
  function container(): BpfKernel {
    const kernel = new BpfKernel({ '/bpf/.': '' })
    kernel.answers.BPF_TOKEN_CREATE = () => kernel.allocate('token')
    const flags = { BPF_MAP_CREATE: 16, BPF_PROG_LOAD: 44, BPF_BTF_LOAD: 32 } as const
    for (const [name, offset] of Object.entries(flags)) {
      const command = name as keyof typeof flags
      kernel.answers[command] = (attr) =>
        (u32(attr, offset) & BPF_F_TOKEN_FD) === 0
          ? fail('bpf', command, EPERM)
          : kernel.usually(command, attr)
    }
    return kernel
  }

  it('passes it to everything, and keeps it no longer than that', () => {
    const kernel = container()
    const recording = recordingKernel(kernel)
    const object = loadObject(smallSpec(), { kernel: recording.kernel, bpffsTokenPath: '/bpf' })
    expect([...kernel.descriptors.values()]).not.toContain('token')
    expect(object.programs.size).toBe(2)
    object.close()
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('fails without it, or where there is none, and leaves nothing open', () => {
    for (const [path, code] of [
      ['', 'NOT_PERMITTED'],
      ['/bpf', 'NO_TOKEN'],
      ['/nowhere', 'NO_TOKEN'],
    ] as const) {
      const kernel = container()
      kernel.answers.BPF_TOKEN_CREATE = refuse('BPF_TOKEN_CREATE', ENOENT)
      bpfErrorOf(code, () => loadObject(smallSpec(), { kernel, bpffsTokenPath: path }))
      expect(kernel.descriptors.size).toBe(0)
    }
  })
})

describe('a load into a kernel before 5.11', () => {
  /** It charges every map to RLIMIT_MEMLOCK, and does not know the helper that the probe calls. */
  function old(hard: bigint): BpfKernel {
    const kernel = new BpfKernel()
    kernel.limits.set(RLIMIT_MEMLOCK, { soft: 65_536n, hard })
    kernel.answers.BPF_MAP_CREATE = (attr) =>
      kernel.limits.get(RLIMIT_MEMLOCK)?.soft === 65_536n
        ? fail('bpf', 'BPF_MAP_CREATE', EPERM)
        : kernel.usually('BPF_MAP_CREATE', attr)
    kernel.answers.BPF_PROG_LOAD = (attr) =>
      bufferOf(attr, 'insns')[4] === bpf_func_id.BPF_FUNC_ktime_get_coarse_ns
        ? fail('bpf', 'BPF_PROG_LOAD', EINVAL)
        : kernel.usually('BPF_PROG_LOAD', attr)
    return kernel
  }

  it('raises the limit once, and loads the object', () => {
    const recording = recordingKernel(old(RLIM_INFINITY))
    using object = loadObject(smallSpec(), { kernel: recording.kernel })
    expect(object.maps.size).toBe(5)
    const raises = recording.calls.filter(({ syscall }) => syscall === 'prlimit64')
    expect(raises.map((call) => call.arguments['soft'])).toEqual([undefined, RLIM_INFINITY])
  })

  it('is not permitted where the limit may not be raised', () => {
    const kernel = old(65_536n)
    bpfErrorOf('NOT_PERMITTED', () => loadObject(smallSpec(), { kernel }))
    expect(kernel.descriptors.size).toBe(0)
  })
})

import { expect, it } from 'vitest'
import { bpf_func_id } from '../../src/abi/generated/bpf.ts'
import { RLIM_INFINITY, RLIMIT_MEMLOCK } from '../../src/abi/syscall_flags.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { BpfKernel, bufferOf, fail, refuse } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const EPERM = 1
const EINVAL = 22

it('raises RLIMIT_MEMLOCK for the program of a probe that attaching asks', () => {
  const kernel = new BpfKernel()
  kernel.limits.set(RLIMIT_MEMLOCK, { soft: 65_536n, hard: RLIM_INFINITY })
  kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', EINVAL)
  using object = loadObject(smallSpec(), { kernel })
  // Now there are buffers, which Linux 5.10 charges to the same limit.
  kernel.answers.BPF_PROG_LOAD = (attr) => {
    const helper = new DataView(bufferOf(attr, 'insns').slice().buffer).getInt32(4, true)
    if (helper === bpf_func_id.BPF_FUNC_ktime_get_coarse_ns) fail('bpf', 'BPF_PROG_LOAD', EINVAL)
    return kernel.limits.get(RLIMIT_MEMLOCK)?.soft === RLIM_INFINITY
      ? undefined
      : fail('bpf', 'BPF_PROG_LOAD', EPERM)
  }
  object.attach()
  expect(object.links).toHaveLength(2)
  expect(kernel.limits.get(RLIMIT_MEMLOCK)?.soft).toBe(RLIM_INFINITY)
})

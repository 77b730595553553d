import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { progAttach, progDetach, queryPrograms } from '../../src/kernel/prog_attach.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel, bufferOf, fail, refuse, u32 } from '../loader/bpf_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'

const CGROUP = { target_fd: fdNumber(5) }

/** A place with this many programs, whose ids count from 1. */
function kernelWith(programs: number): BpfKernel {
  const kernel = new BpfKernel()
  kernel.answers.BPF_PROG_QUERY = (attr) => {
    const room = u32(attr, 24)
    const ids = bufferOf(attr, 'prog_ids')
    const view = new DataView(attr.bytes.buffer)
    view.setUint32(24, programs, true)
    view.setBigUint64(56, 9n, true)
    if (programs > room) fail('bpf', 'BPF_PROG_QUERY', 28)
    for (let index = 0; index < programs; index++)
      new DataView(ids.buffer).setUint32(index * 4, index + 1, true)
    return 0
  }
  return kernel
}

describe('queryPrograms', () => {
  it('gives the programs of a place, and its revision', () => {
    expect(queryPrograms(kernelWith(2), CGROUP, 1)).toEqual({
      attachFlags: 0,
      revision: 9n,
      programs: [
        { id: 1, linkId: 0 },
        { id: 2, linkId: 0 },
      ],
    })
  })

  it('asks again with more room where there are more', () => {
    const recording = recordingKernel(kernelWith(100))
    expect(queryPrograms(recording.kernel, CGROUP, 1).programs).toHaveLength(100)
    expect(recording.names()).toEqual(['BPF_PROG_QUERY', 'BPF_PROG_QUERY'])
  })

  it('asks for the ids of links where the place is an interface', () => {
    const recording = recordingKernel(kernelWith(0))
    queryPrograms(recording.kernel, { target_ifindex: 7 }, 46)
    queryPrograms(recording.kernel, CGROUP, 1)
    expect(recording.calls.map(({ arguments: { link_ids } }) => link_ids !== undefined)).toEqual([
      true,
      false,
    ])
  })

  it('gives up where the list grows faster than it asks', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_QUERY = refuse('BPF_PROG_QUERY', 28)
    bpfErrorOf('ENOSPC', () => queryPrograms(kernel, CGROUP, 1))
  })

  it('passes on a refusal', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_QUERY = refuse('BPF_PROG_QUERY', 9)
    bpfErrorOf('EBADF', () => queryPrograms(kernel, CGROUP, 1))
  })
})

describe('progAttach and progDetach', () => {
  it('name the place and the program', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_ATTACH = () => 0
    kernel.answers.BPF_PROG_DETACH = () => 0
    const recording = recordingKernel(kernel)
    const values = { ...CGROUP, attach_bpf_fd: 6, attach_type: 1 }
    progAttach(recording.kernel, { ...values, attach_flags: 2 })
    progDetach(recording.kernel, values)
    expect(recording.calls.map((call) => call.arguments)).toEqual([{ ...values, attach_flags: 2 }, values])
    expect([...recording.openDescriptors()]).toEqual([])
  })
})

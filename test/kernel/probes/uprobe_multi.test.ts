import { describe, expect, it } from 'vitest'
import { bpf_cmd } from '../../../src/abi/generated/bpf.ts'
import { hasUprobeMulti } from '../../../src/kernel/probes/uprobe_multi.ts'
import { SyscallError } from '../../../src/kernel/syscall_error.ts'
import { FakeKernel } from '../fake_kernel.ts'
import { recordingKernel } from '../recording_kernel.ts'

const EBADF = 9
const EINVAL = 22
const ESRCH = 3
const EMFILE = 24
const EOPNOTSUPP = 95
const PID = 56

/** A kernel that answers the first link, without a process, with one errno, and that with a process with another. */
function kernelWith(file: number, process: number): FakeKernel {
  const kernel = new FakeKernel()
  kernel.onBpf = (command, { bytes }) => {
    if (command !== bpf_cmd.BPF_LINK_CREATE) return kernel.allocate('program')
    throw new SyscallError({ syscall: 'bpf', errno: bytes.length > PID ? process : file })
  }
  return kernel
}

describe('hasUprobeMulti', () => {
  it.each([
    { kernel: '6.10', file: EBADF, process: EINVAL, kind: 'there' },
    { kernel: '6.6, which mistakes threads for processes', file: EBADF, process: EBADF, kind: 'not there' },
    { kernel: '6.6, asked for a process that is none', file: EBADF, process: ESRCH, kind: 'not there' },
    { kernel: '6.5', file: EINVAL, process: EINVAL, kind: 'not there' },
    { kernel: '6.10 without CONFIG_UPROBES', file: EOPNOTSUPP, process: EOPNOTSUPP, kind: 'not there' },
    { kernel: '6.10 without descriptors', file: EMFILE, process: EMFILE, kind: 'could not be asked' },
  ] as const)('says of Linux $kernel that the feature is $kind', ({ file, process, kind }) => {
    const recording = recordingKernel(kernelWith(file, process))
    expect(hasUprobeMulti(recording.kernel).kind).toBe(kind)
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('asks with a path, one offset, and a process that there is not', () => {
    const recording = recordingKernel(kernelWith(EBADF, EINVAL))
    hasUprobeMulti(recording.kernel)
    const links = recording.calls.filter(({ command }) => command === 'BPF_LINK_CREATE')
    expect(links.map((call) => call.arguments)).toMatchObject([
      { attach_type: 48, 'uprobe_multi.path': { length: 2 }, 'uprobe_multi.cnt': 1 },
      { 'uprobe_multi.pid': 0xffff_ffff },
    ])
  })
})

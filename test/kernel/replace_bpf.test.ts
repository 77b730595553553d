import { describe, expect, it } from 'vitest'
import { bpf_cmd } from '../../src/abi/generated/bpf.ts'
import { fdNumber } from '../../src/base/units.ts'
import { identityOf } from '../../src/kernel/identity.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { replaceBpf } from '../../src/kernel/replace_bpf.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { FakeKernel } from './fake_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'

const NO_BYTES = { bytes: new Uint8Array(), pointers: [] }

describe('replaceBpf', () => {
  it('has its own bpf(2), and every other call of the kernel', async () => {
    const fake = new FakeKernel({ files: { '/dir/file': 'text' } })
    const recording = recordingKernel(fake)
    const kernel: Kernel = replaceBpf(recording.kernel, () => 77)
    expect(kernel.bpf(bpf_cmd.BPF_MAP_CREATE, NO_BYTES)).toBe(77)
    const directory = kernel.open('/dir', 0)
    const file = kernel.openat(directory, 'file', 0)
    expect(kernel.read(file, new Uint8Array(8))).toBe(4)
    const event = kernel.perfEventOpen(NO_BYTES, -1, 0, -1, 0)
    kernel.ioctl(event, 1, 2)
    kernel.mmap(file, { length: 8, protection: 1, flags: 1, offset: 0 }).unmap()
    kernel.poll([file], () => undefined).close()
    const context = kernel.fsopen('bpf', 0)
    kernel.fsconfigCreate(context)
    const mount = kernel.fsmount(context, 0, 0)
    kernel.prlimit(8, undefined)
    const child = kernel.pidfdOpen(1, 0)
    for (const fd of [directory, file, event, context, child]) kernel.close(fd)
    await kernel.closeAsync(mount)
    expect(fake.descriptors.size).toBe(0)
    expect(recording.names()).toEqual([
      'openat',
      'openat',
      'read',
      'perf_event_open',
      'ioctl',
      'mmap',
      'fsopen',
      'FSCONFIG_CMD_CREATE',
      'fsmount',
      'prlimit64',
      'pidfd_open',
      'close',
      'close',
      'close',
      'close',
      'close',
      'close',
    ])
    expect(() => kernel.read(fdNumber(5), new Uint8Array(1))).toThrow('EBADF')
  })

  it('has its own bpf(2) in prepared calls, too, whose refusals are negative numbers', () => {
    const answers = [5, new SyscallError({ syscall: 'bpf', errno: 2 }), new TypeError('a bug')]
    const kernel = replaceBpf(new FakeKernel(), () => {
      const answer = answers.shift() ?? 0
      if (typeof answer === 'number') return answer
      throw answer
    })
    const prepared = kernel.prepareBpf(bpf_cmd.BPF_MAP_LOOKUP_ELEM, NO_BYTES)
    expect(prepared.call()).toBe(5)
    expect(prepared.call()).toBe(-2)
    expect(() => prepared.call()).toThrow(TypeError)
  })

  it('answers for the kernel that it wraps', () => {
    const fake = new FakeKernel()
    expect(identityOf(replaceBpf(fake, () => 0))).toBe(fake)
  })
})

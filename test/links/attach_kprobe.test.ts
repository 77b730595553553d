import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachKprobe, attachKsyscall } from '../../src/links/attach_kprobe.ts'
import type { AttachContext } from '../../src/links/attaching.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const UNIT = '/sys/bus/event_source/devices/kprobe'
const FILES = {
  [`${UNIT}/type`]: '6\n',
  [`${UNIT}/format/retprobe`]: 'config:0\n',
  '/proc/kallsyms':
    'ffffffff81000000 T vfs_read\nffffffff81000010 t vfs_write\nffffffff81000020 D vfs_raid\nffffffff81000030 T do_exit\n',
}

function contextOf(fake: BpfKernel, kernel: Kernel = fake): AttachContext {
  return { kernel, program: programIn(fake, 'kprobe'), observer: undefined }
}

const PROBE = { kind: 'kprobe', function: 'vfs_read' } as const

describe('attachKprobe', () => {
  it('opens the event of the probe and links the program to it, with its cookie', () => {
    const fake = new BpfKernel(FILES)
    const { kernel, calls } = recordingKernel(fake)
    using link = attachKprobe(contextOf(fake, kernel), { ...PROBE, offset: 16, cookie: 9n })
    expect(link.target).toBe('kprobe vfs_read+0x10')
    const [event, bpfLink] = calls.filter(({ syscall }) => syscall === 'perf_event_open' || syscall === 'bpf')
    expect(event?.arguments).toMatchObject({
      type: 6,
      kprobe_func: { kind: 'buffer', length: 9 },
      config2: 16n,
      pid: -1,
      cpu: 0,
    })
    expect(bpfLink).toMatchObject({
      command: 'BPF_LINK_CREATE',
      arguments: { 'perf_event.bpf_cookie': 9n },
    })
  })

  it('opens one of returns for a kretprobe', () => {
    const fake = new BpfKernel(FILES)
    const { kernel, calls } = recordingKernel(fake)
    using link = attachKprobe(contextOf(fake, kernel), { kind: 'kretprobe', function: 'vfs_read' })
    expect(link.target).toBe('kretprobe vfs_read')
    const event = calls.find(({ syscall }) => syscall === 'perf_event_open')
    expect(event?.arguments).toMatchObject({ config: 1n })
  })

  it('names functions that may have been meant', () => {
    const fake = new BpfKernel(FILES)
    const kernel = failingKernel(fake, { method: 'perfEventOpen', errno: 2 })
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attachKprobe(contextOf(fake, kernel), { kind: 'kprobe', function: 'vfs_raed' }),
    )
    expect(error.message).toMatch(/this kernel has no function vfs_raed; did you mean vfs_read\?$/)
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })

  it('says so where the kernel has no kprobes', () => {
    const error = bpfErrorOf('ATTACH_FAILED', () => attachKprobe(contextOf(new BpfKernel()), PROBE))
    expect(error).toMatchObject({ cause: { code: 'NO_PROBE_EVENTS' } })
  })

  it.each([
    [22, 'no probe may be put there'],
    [99, 'several functions of that name'],
  ])('says what errno %i means', (errno, hint) => {
    const fake = new BpfKernel(FILES)
    const kernel = failingKernel(fake, { method: 'perfEventOpen', errno })
    const error = bpfErrorOf('ATTACH_FAILED', () => attachKprobe(contextOf(fake, kernel), PROBE))
    expect(error.message).toContain(hint)
  })
})

describe('attachKsyscall', () => {
  it('finds the function by the name of the system call', () => {
    const fake = new BpfKernel(FILES)
    using link = attachKsyscall(contextOf(fake), { kind: 'ksyscall', name: 'openat' })
    expect(link.target).toMatch(/^kprobe __(x64|arm64)_sys_openat$/)
    using returns = attachKsyscall(contextOf(fake), { kind: 'kretsyscall', name: 'openat' })
    expect(returns.target).toMatch(/^kretprobe __(x64|arm64)_sys_openat$/)
  })
})

import { describe, expect, it } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { attachKprobeMulti } from '../../src/links/attach_kprobe_multi.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const TRACING = '/sys/kernel/tracing'
const NAMES = {
  [`${TRACING}/available_filter_functions`]: 'vfs_read\nvfs_read\nvfs_write\nnft_run [nf_tables]\n',
}
const ADDRESSES = {
  [`${TRACING}/available_filter_functions_addrs`]: 'ff10 vfs_read\nff20 vfs_read\nff30 vfs_write\n',
}

function attach(
  target: Parameters<typeof attachKprobeMulti>[1],
  fake = new BpfKernel(NAMES),
): { target: string; given: unknown } {
  const { kernel, calls } = recordingKernel(fake)
  const context = { kernel, program: programIn(fake, 'kprobe.multi'), observer: undefined }
  using link = attachKprobeMulti(context, target)
  const given = calls.find(({ command }) => command === 'BPF_LINK_CREATE')?.arguments
  return { target: link.target, given: { ...given, prog_fd: 0 } }
}

const { BPF_TRACE_KPROBE_MULTI, BPF_TRACE_KPROBE_SESSION } = bpf_attach_type
const buffer = (length: number): object => ({ kind: 'buffer', length })

describe('attachKprobeMulti', () => {
  it('takes functions by their names, with cookies', () => {
    const functions = [{ function: 'vfs_read', cookie: 1n }, { function: 'vfs_write' }]
    expect(attach({ kind: 'kprobe.multi', functions })).toEqual({
      target: 'kprobe.multi 2 functions',
      given: {
        prog_fd: 0,
        attach_type: BPF_TRACE_KPROBE_MULTI,
        'kprobe_multi.cnt': 2,
        'kprobe_multi.syms': buffer(16),
        'kprobe_multi.cookies': buffer(16),
      },
    })
  })

  it('takes those that match a pattern, each name once', () => {
    expect(attach({ kind: 'kretprobe.multi', pattern: 'vfs_*' })).toEqual({
      target: 'kretprobe.multi vfs_*',
      given: {
        prog_fd: 0,
        attach_type: BPF_TRACE_KPROBE_MULTI,
        'kprobe_multi.flags': 1,
        'kprobe_multi.cnt': 2,
        'kprobe_multi.syms': buffer(16),
      },
    })
  })

  it('takes them by their addresses where the kernel tells those, all of a name', () => {
    expect(attach({ kind: 'kprobe.session', pattern: 'vfs_*' }, new BpfKernel(ADDRESSES)).given).toEqual({
      prog_fd: 0,
      attach_type: BPF_TRACE_KPROBE_SESSION,
      'kprobe_multi.cnt': 3,
      'kprobe_multi.addrs': buffer(24),
    })
  })

  it('needs functions', () => {
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attach({ kind: 'kprobe.multi', pattern: 'nothing_*' }))
    expect(error.message).toContain('to the 0 functions that can be traced and match nothing_*')
    bpfErrorOf('ATTACH_NO_TARGET', () => attach({ kind: 'kprobe.multi', functions: [] }))
  })

  it('says that tracefs is missing', () => {
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attach({ kind: 'kprobe.multi', pattern: 'vfs_*' }, new BpfKernel({})),
    )
    expect(error).toMatchObject({ cause: { code: 'NO_TRACEFS' } })
  })

  it.each([
    [3, 'one of the functions is not there'],
    [22, 'the kernel is too old'],
    [95, 'CONFIG_FPROBE'],
  ])('says what errno %i may mean', (errno, hint) => {
    const fake = new BpfKernel(NAMES)
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    const error = bpfErrorOf('ATTACH_FAILED', () => attach({ kind: 'kprobe.multi', pattern: 'vfs_*' }, fake))
    expect(error.message).toContain(hint)
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })
})

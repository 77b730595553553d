import { describe, expect, it } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { attachTracing } from '../../src/links/attach_tracing.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

function attach(section: string, cookie?: bigint): { target: string; calls: unknown[] } {
  const fake = new BpfKernel()
  fake.answers.BPF_RAW_TRACEPOINT_OPEN = () => fake.allocate('link')
  const { kernel, calls } = recordingKernel(fake)
  const program = programIn(fake, section)
  using link = attachTracing({ kernel, program, observer: undefined }, { kind: 'tracing', cookie })
  return {
    target: link.target,
    calls: calls.map(({ command, arguments: given }) => ({ command, ...given, prog_fd: 0 })),
  }
}

describe('attachTracing', () => {
  it.each(['fentry/vfs_read', 'tp_btf/sched_switch', 'lsm/file_open', 'fexit.s/nf_tables:nft_run'])(
    'attaches %s by opening what it was verified for',
    (section) => {
      expect(attach(section)).toEqual({
        target: section.replace('/', ' '),
        calls: [{ command: 'BPF_RAW_TRACEPOINT_OPEN', prog_fd: 0 }],
      })
    },
  )

  it('makes a link with a cookie', () => {
    expect(attach('fmod_ret/vfs_read', 9n).calls).toEqual([
      {
        command: 'BPF_LINK_CREATE',
        prog_fd: 0,
        attach_type: bpf_attach_type.BPF_MODIFY_RETURN,
        'tracing.cookie': 9n,
      },
    ])
  })

  it('says no target where the section does not', () => {
    expect(attach('fentry').target).toBe('fentry')
  })

  it.each([
    ['BPF_RAW_TRACEPOINT_OPEN', 2, 0n, 'kernels before 5.13 let such a program be attached once'],
    ['BPF_RAW_TRACEPOINT_OPEN', 16, 0n, 'it is attached there already'],
    ['BPF_LINK_CREATE', 22, 1n, 'cookies of tracing programs came with Linux 5.19'],
    ['BPF_LINK_CREATE', 7, 1n, 'cookies of tracing programs came with Linux 5.19'],
  ] as const)('explains what %s answers with errno %i', (command, errno, cookie, hint) => {
    const fake = new BpfKernel()
    fake.answers[command] = refuse(command, errno)
    const context = { kernel: fake, program: programIn(fake, 'fentry/vfs_read'), observer: undefined }
    const error = bpfErrorOf('ATTACH_FAILED', () => attachTracing(context, { kind: 'tracing', cookie }))
    expect(error.message).toContain(hint)
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })
})

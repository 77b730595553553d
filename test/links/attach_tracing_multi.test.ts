import { describe, expect, it } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { attachTracingMulti } from '../../src/links/attach_tracing_multi.ts'
import type { TracingMultiTarget } from '../../src/object/kernel_probe_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

const TRACEABLE = {
  '/sys/kernel/tracing/available_filter_functions':
    'vfs_read\nvfs_write\nvfs_twice\nvfs_without_types\nnft_run [nf_tables]\n',
}

/** Has two functions named vfs_twice, and vfs_untraceable. */
const { btf } = built((builder) => {
  const { int } = addBasics(builder)
  const proto = builder.addFuncProto(int, [])
  const names = ['vfs_read', 'vfs_write', 'vfs_twice', 'vfs_twice', 'vfs_untraceable']
  for (const name of names) builder.addFunc(name, proto, 'static')
  return proto
})

function attach(
  target: TracingMultiTarget,
  section = 'fentry.multi',
  fake = new BpfKernel(TRACEABLE),
): { target: string; given: unknown } {
  const { kernel, calls } = recordingKernel(fake)
  const context = { kernel, program: programIn(fake, section), observer: undefined }
  using link = attachTracingMulti(context, target, () => btf)
  const given = calls.find(({ command }) => command === 'BPF_LINK_CREATE')?.arguments
  return { target: link.target, given: { ...given, prog_fd: 0 } }
}

const buffer = (length: number): object => ({ kind: 'buffer', length })

describe('attachTracingMulti', () => {
  it('takes functions by their ids, with cookies', () => {
    const functions = [{ function: 'vfs_write', cookie: 1n }, { function: 'vfs_read' }]
    expect(attach({ kind: 'tracing.multi', functions })).toEqual({
      target: 'fentry.multi 2 functions',
      given: {
        prog_fd: 0,
        attach_type: bpf_attach_type.BPF_TRACE_FENTRY_MULTI,
        'tracing_multi.ids': buffer(8),
        'tracing_multi.cookies': buffer(16),
        'tracing_multi.cnt': 2,
      },
    })
  })

  it('takes those that match a pattern, can be traced and have a type of their own', () => {
    expect(attach({ kind: 'tracing.multi', pattern: 'vfs_*' }, 'fsession.multi')).toEqual({
      target: 'fsession.multi vfs_*',
      given: {
        prog_fd: 0,
        attach_type: bpf_attach_type.BPF_TRACE_FSESSION_MULTI,
        'tracing_multi.ids': buffer(8),
        'tracing_multi.cnt': 2,
      },
    })
  })

  it.each<[TracingMultiTarget, string]>([
    [{ kind: 'tracing.multi', functions: [] }, 'none is listed'],
    [{ kind: 'tracing.multi', functions: [{ function: 'gone' }] }, "the kernel's BTF has no function gone"],
    [{ kind: 'tracing.multi', pattern: 'vfs_tw*' }, 'matches vfs_tw*'],
    [{ kind: 'tracing.multi', pattern: 'vfs_untr*' }, 'matches vfs_untr*'],
  ])('does not attach to %j', (target, why) => {
    const fake = new BpfKernel(TRACEABLE)
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attach(target, 'fexit.multi', fake))
    expect(error.message).toContain(why)
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })

  it('says what the kernel may mean', () => {
    const fake = new BpfKernel(TRACEABLE)
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attach({ kind: 'tracing.multi', pattern: 'vfs_*' }, 'fentry.multi', fake),
    )
    expect(error.message).toContain('the kernel is older than Linux 7.2')
    expect([...fake.descriptors.values()]).toEqual(['program'])
  })
})

import { describe, expect, it } from 'vitest'
import { attachUprobesOneByOne, linkUprobes, type UprobeOfSet } from '../../src/links/link_uprobes.ts'
import type { Attachment } from '../../src/links/link.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { fail } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'
import { uprobeKernel } from './user_probe_kernel.ts'

const at = (offset: number): UprobeOfSet => ({ offset, referenceCounter: 0, cookie: 0n })

describe('linkUprobes', () => {
  it('leaves out what is 0 everywhere', () => {
    const fake = uprobeKernel()
    const recording = recordingKernel(fake)
    const context = { kernel: recording.kernel, program: programIn(fake, 'uprobe.multi') }
    linkUprobes(
      context,
      { path: '/bin/x', pid: undefined, at: 'entry', probes: [at(1), at(2)] },
      (opened) => opened,
    )
    expect(Object.keys(recording.calls[0]?.arguments ?? {}).sort()).toEqual([
      'attach_type',
      'prog_fd',
      'uprobe_multi.cnt',
      'uprobe_multi.offsets',
      'uprobe_multi.path',
    ])
  })
})

describe('attachUprobesOneByOne', () => {
  const attach = (
    probes: readonly UprobeOfSet[],
    fake = uprobeKernel(),
    kernel: Parameters<typeof linkUprobes>[0]['kernel'] = fake,
  ): { how: string; kept: Attachment[] } => {
    const kept: Attachment[] = []
    const context = { kernel, program: programIn(fake, 'uprobe') }
    const set = { path: '/bin/x', pid: undefined, at: 'entry', probes } as const
    const { how } = attachUprobesOneByOne(context, set, (opened) => {
      kept.push(opened)
      return opened
    })
    return { how, kept }
  }

  it('keeps an event and a link for each', () => {
    expect(attach([at(1), at(2)])).toMatchObject({ how: 'bpf-links', kept: { length: 4 } })
  })

  it('is a BPF link where it is one', () => {
    expect(attach([at(1)])).toMatchObject({ how: 'bpf-link', kept: { length: 2 } })
  })

  it('does without links where the kernel has none', () => {
    const fake = uprobeKernel()
    fake.answers.BPF_LINK_CREATE = () => fail('bpf', 'BPF_LINK_CREATE', 22)
    expect(attach([at(1), at(2)], fake)).toMatchObject({ how: 'perf-ioctl', kept: { length: 2 } })
  })

  it('has handed over what it opened before one fails', () => {
    const fake = uprobeKernel()
    const kernel = failingKernel(fake, { method: 'perfEventOpen', nth: 2, errno: 24 })
    const kept: Attachment[] = []
    const set = { path: '/bin/x', pid: undefined, at: 'entry', probes: [at(1), at(2)] } as const
    bpfErrorOf('EMFILE', () =>
      attachUprobesOneByOne({ kernel, program: programIn(fake, 'uprobe') }, set, (opened) => {
        kept.push(opened)
        return opened
      }),
    )
    expect(kept).toHaveLength(2)
  })
})

import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { attachToEvent } from '../../src/links/attach_to_event.ts'
import type { Attached } from '../../src/links/attaching.ts'
import type { Attachment } from '../../src/links/link.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type RecordingKernel, recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

function attach(
  fake: BpfKernel,
  cookie?: bigint,
): { attached: Attached; kept: Attachment[]; names: readonly string[]; calls: RecordingKernel['calls'] } {
  const recording = recordingKernel(fake)
  const { kernel } = recording
  const event = new FileDescriptor(kernel, fake.allocate('event'), 'event')
  const kept: Attachment[] = []
  const attached = attachToEvent(
    { kernel, program: programIn(fake, 'tp/a/b') },
    event,
    (opened) => {
      kept.push(opened)
      return opened
    },
    cookie,
  )
  return { attached, kept, names: recording.names(), calls: recording.calls }
}

describe('attachToEvent', () => {
  it('links the program to the event', () => {
    const { attached, kept, names } = attach(new BpfKernel())
    expect(names).toEqual(['BPF_LINK_CREATE'])
    expect(attached).toEqual({ how: 'bpf-link', link: kept[0] })
  })

  it('gives the program to the event where the kernel has no such links', () => {
    const fake = new BpfKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    const { attached, kept, names } = attach(fake)
    expect(names.at(-1)).toBe('ioctl')
    expect(attached).toEqual({ how: 'perf-ioctl' })
    expect(kept).toEqual([])
  })

  it('gives the link its cookie', () => {
    const { calls } = attach(new BpfKernel(), 7n)
    expect(calls[0]?.arguments).toMatchObject({ 'perf_event.bpf_cookie': 7n })
  })

  it('does not attach without the cookie that was asked for', () => {
    const fake = new BpfKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    fake.ioctl = () => expect.fail('an ioctl')
    bpfErrorOf('NO_COOKIES', () => attach(fake, 7n))
  })

  it('passes on what else is wrong', () => {
    const fake = new BpfKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 16)
    bpfErrorOf('EBUSY', () => attach(fake))
  })
})

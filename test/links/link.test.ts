import { describe, expect, it } from 'vitest'
import { bpf_link_type } from '../../src/abi/generated/bpf.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { Link } from '../../src/links/link.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, bufferOf } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

/** A link of two descriptors, and the order in which they are closed. */
function openLink(failing?: string): { link: Link; kernel: FakeKernel; closed: string[] } {
  const kernel = new FakeKernel()
  const closed: string[] = []
  const close = kernel.close.bind(kernel)
  kernel.close = (fd) => {
    const what = kernel.descriptors.get(fd) ?? 'nothing'
    closed.push(what)
    close(fd)
    if (what === failing) throw new SyscallError({ syscall: 'close', errno: 5 })
  }
  const descriptors = ['/link', '/event'].map((what) => new FileDescriptor(kernel, kernel.fsopen(what), what))
  return { link: new Link('main', 'tracepoint a/b', descriptors), kernel, closed }
}

describe('Link', () => {
  it('closes its descriptors in order, once', () => {
    const { link, closed } = openLink()
    expect(link.detached).toBe(false)
    link.close()
    link.close()
    expect(link.detached).toBe(true)
    expect(closed).toEqual(['/link:', '/event:'])
  })

  it('closes them in order off the event loop', async () => {
    const { link, closed } = openLink()
    await Promise.all([link.closeAsync(), link.closeAsync()])
    link.close()
    expect(closed).toEqual(['/link:', '/event:'])
  })

  it.each(['/link:', '/event:'])('closes the other where %s does not close, and says so', (failing) => {
    const { link, kernel } = openLink(failing)
    bpfErrorOf('EIO', () => {
      link.close()
    })
    expect(kernel.descriptors.size).toBe(0)
  })

  it.each(['/link:', '/event:'])('does the same off the event loop for %s', async (failing) => {
    const { link, kernel } = openLink(failing)
    await expect(link.closeAsync()).rejects.toMatchObject({ code: 'EIO' })
    expect(kernel.descriptors.size).toBe(0)
  })

  it('is closed at the end of `using` and `await using`', async () => {
    const first = openLink()
    {
      using link = first.link
      expect(link.detached).toBe(false)
    }
    const second = openLink()
    {
      await using link = second.link
      expect(link.detached).toBe(false)
    }
    expect(first.kernel.descriptors.size).toBe(0)
    expect(second.kernel.descriptors.size).toBe(0)
  })
})

describe('a Link of a bpf_link', () => {
  function kernelLink(errno?: number): {
    link: Link
    kernel: BpfKernel
    calls: ReturnType<typeof recordingKernel>
  } {
    const kernel = new BpfKernel()
    const calls = recordingKernel(
      errno === undefined ? kernel : failingKernel(kernel, { method: 'bpf', errno }),
    )
    const descriptor = new FileDescriptor(kernel, kernel.allocate('link'), 'link')
    kernel.answers.BPF_LINK_UPDATE = () => 0
    kernel.answers.BPF_LINK_DETACH = () => 0
    return {
      link: new Link('main', 'place x', [descriptor], { kernel: calls.kernel, descriptor }),
      kernel,
      calls,
    }
  }

  it('says what the kernel says of it', () => {
    const { link, kernel } = kernelLink()
    kernel.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
      const words = [bpf_link_type.BPF_LINK_TYPE_XDP, 12, 34, 0, 56]
      const info = bufferOf(attr, 'info')
      new Uint32Array(info.buffer).set(words.slice(0, info.length / 4))
      return 0
    }
    expect(link.info()).toEqual({
      type: 6,
      typeName: 'BPF_LINK_TYPE_XDP',
      id: 12,
      programId: 34,
      details: { type: 'BPF_LINK_TYPE_XDP', ifindex: 56 },
    })
  })

  it('knows no name for a type that is too new', () => {
    const { link, kernel } = kernelLink()
    kernel.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
      new Uint32Array(bufferOf(attr, 'info').buffer).set([9999, 1, 2])
      return 0
    }
    expect(link.info()).toMatchObject({ type: 9999, typeName: undefined, details: undefined })
  })

  it('takes another program', () => {
    const { link, kernel, calls } = kernelLink()
    const other = programIn(kernel, 'xdp', 'other')
    link.update(other)
    expect(calls.calls.at(-1)).toMatchObject({
      command: 'BPF_LINK_UPDATE',
      arguments: { new_prog_fd: other.fd },
    })
    expect(link.program).toBe('other')
  })

  it('is detached while it stays open', () => {
    const { link, calls } = kernelLink()
    link.detach()
    expect(calls.names()).toEqual(['BPF_LINK_DETACH'])
    expect(link).toMatchObject({ detached: true, closed: false })
    link.close()
    expect(link.closed).toBe(true)
  })

  it('says what was refused', () => {
    const { link, kernel } = kernelLink(22)
    const update = bpfErrorOf('ATTACH_UPDATE_FAILED', () => {
      link.update(programIn(kernel, 'xdp', 'other'))
    })
    expect(update.message).toContain('cannot put program other in the place of program main at place x')
    bpfErrorOf('ATTACH_DETACH_FAILED', () => {
      link.detach()
    })
    bpfErrorOf('EINVAL', () => link.info())
    expect(link).toMatchObject({ program: 'main', detached: false })
  })

  it('answers nothing any more once it is closed', () => {
    const { link, kernel } = kernelLink()
    link.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => link.info())
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      link.update(programIn(kernel, 'xdp'))
    })
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      link.detach()
    })
  })

  it('is what info, update, detach and pin need', () => {
    const { link } = openLink()
    const program = programIn(new BpfKernel(), 'xdp')
    for (const use of [
      () => link.info(),
      () => {
        link.update(program)
      },
      () => {
        link.detach()
      },
    ]) {
      bpfErrorOf('ATTACH_NO_LINK', use)
    }
    bpfErrorOf('ATTACH_NOT_PINNABLE', () => {
      link.pin('/sys/fs/bpf/x')
    })
  })
})

import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { Link } from '../../src/links/link.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

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

import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { refuse } from '../loader/bpf_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'

describe('attachSockmap', () => {
  it('links the program to the map', () => {
    const { argumentsOf, program } = attachIn('sk_skb/stream_parser', { kind: 'sockmap', map: { fd: 5 } })
    expect(argumentsOf('BPF_LINK_CREATE')).toEqual({ prog_fd: program.fd, target_fd: 5, attach_type: 4 })
  })

  it('attaches without a link where the kernel has none for maps of sockets, after one probe', () => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    const map = { fd: kernel.allocate('map') }
    const { link, steps, argumentsOf } = attachIn('sk_msg', { kind: 'sockmap', map }, kernel)
    expect(steps).toMatchObject([{ how: 'prog-attach' }])
    expect(argumentsOf('BPF_PROG_ATTACH')).toMatchObject({ attach_type: 7 })
    link.close()
    expect(kernel.attached).toBe(0)
    expect([...kernel.descriptors.values()].sort()).toEqual(['map', 'program'])
  })

  it('does not take that way where the kernel has links', () => {
    const kernel = new NetworkKernel()
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attachIn('sk_msg', { kind: 'sockmap', map: { fd: 5 } }, kernel, (wrapped) =>
        failingKernel(wrapped, { command: 'BPF_LINK_CREATE', nth: 1, errno: 22 }),
      ),
    )
    expect(error.cause).toMatchObject({ code: 'EINVAL' })
  })

  it.each([
    [16, 'ATTACH_OCCUPIED', /detach it first/],
    [95, 'ATTACH_FAILED', /no sockmap and no sockhash/],
    [9, 'ATTACH_FAILED', /the map is closed/],
  ])('says what errno %i means', (errno, code, message) => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    const error = bpfErrorOf(code, () => attachIn('sk_msg', { kind: 'sockmap', map: { fd: 5 } }, kernel))
    expect(error.message).toMatch(message)
  })

  it('has to be told whether the program is a parser or a verdict', () => {
    bpfErrorOf('ATTACH_NO_TARGET', () => attachIn('sk_skb', { kind: 'sockmap', map: { fd: 5 } }))
  })
})

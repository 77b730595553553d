import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { refuse } from '../loader/bpf_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'

describe('attachNetworkNamespace', () => {
  it("links the program to this thread's namespace, which stays open no longer than that", () => {
    const { argumentsOf, kernel } = attachIn('flow_dissector', { kind: 'netns' })
    expect(argumentsOf('openat')).toMatchObject({ path: '/proc/thread-self/ns/net' })
    expect(argumentsOf('BPF_LINK_CREATE')).toMatchObject({ attach_type: 17 })
    expect([...kernel.descriptors.values()].sort()).toEqual(['BPF_LINK_CREATE', 'program'])
  })

  it("takes a descriptor, which stays the caller's", () => {
    const kernel = new NetworkKernel()
    const fd = kernel.allocate('namespace')
    const { argumentsOf, link } = attachIn('sk_lookup', { kind: 'netns', fd }, kernel)
    expect(argumentsOf('BPF_LINK_CREATE')).toMatchObject({ target_fd: fd, attach_type: 36 })
    link.close()
    expect(kernel.descriptors.get(fd)).toBe('namespace')
  })

  it.each([
    [17, 'ATTACH_OCCUPIED', /has a program of this kind/],
    [7, 'ATTACH_OCCUPIED', /as many programs of this kind as it takes/],
    [9, 'ATTACH_FAILED', /no open descriptor/],
  ])('says what errno %i means', (errno, code, message) => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    expect(bpfErrorOf(code, () => attachIn('sk_lookup', { kind: 'netns' }, kernel)).message).toMatch(message)
  })

  it('says which namespace there is not', () => {
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attachIn('sk_lookup', { kind: 'netns', path: '/run/netns/x' }),
    )
    expect(error.message).toContain('/run/netns/x')
  })
})

import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fail, refuse } from '../loader/bpf_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'

const APP = { kind: 'cgroup', path: '/sys/fs/cgroup/app' } as const

describe('attachCgroup', () => {
  it('links the program, and keeps the cgroup open no longer than that', () => {
    const { argumentsOf, kernel, program } = attachIn('cgroup/connect4', APP)
    expect(argumentsOf('BPF_LINK_CREATE')).toMatchObject({ prog_fd: program.fd, attach_type: 10 })
    expect([...kernel.descriptors.values()].sort()).toEqual(['BPF_LINK_CREATE', 'program'])
  })

  it('passes on an order', () => {
    const target = { ...APP, order: { after: { programId: 3 } }, expectedRevision: 2n } as const
    expect(attachIn('cgroup/connect4', target).argumentsOf('BPF_LINK_CREATE')).toMatchObject({
      flags: (1 << 4) | (1 << 5),
      'cgroup.relative_fd': 3,
      'cgroup.expected_revision': 2n,
    })
  })

  it.each([
    [undefined, undefined],
    ['none', undefined],
    ['override', 1],
    ['multi', 2],
  ] as const)('attaches with sharing %s as flags %s', (sharing, flags) => {
    const { argumentsOf, link } = attachIn('sockops', { ...APP, by: 'prog-attach', sharing })
    expect(argumentsOf('BPF_PROG_ATTACH')).toHaveProperty('attach_type', 3)
    expect((argumentsOf('BPF_PROG_ATTACH') as Record<string, number>)['attach_flags']).toBe(flags)
    const own = (argumentsOf('BPF_PROG_ATTACH') as Record<string, number>)['attach_bpf_fd']
    link.close()
    expect(argumentsOf('BPF_PROG_DETACH')).toMatchObject({ attach_bpf_fd: own, attach_type: 3 })
  })

  it('replaces a program that is named', () => {
    const kernel = new NetworkKernel()
    const replace = { fd: kernel.allocate('other program') }
    const target = { ...APP, by: 'prog-attach', sharing: 'multi', replace } as const
    const { argumentsOf } = attachIn('sockops', target, kernel)
    expect(argumentsOf('BPF_PROG_ATTACH')).toMatchObject({ attach_flags: 6, replace_bpf_fd: replace.fd })
  })

  it('closes without an error where the program was detached by others', () => {
    const kernel = new NetworkKernel()
    const { link } = attachIn('sockops', { ...APP, by: 'prog-attach' }, kernel)
    kernel.answers.BPF_PROG_DETACH = refuse('BPF_PROG_DETACH', 2)
    link.close()
    expect([...kernel.descriptors.values()]).toEqual(['program'])
  })

  it('takes the attach type from the target where the section has none, and refuses others', () => {
    bpfErrorOf('ATTACH_NO_TARGET', () => attachIn('cgroup/skb', APP))
    bpfErrorOf('ATTACH_NO_TARGET', () => attachIn('cgroup/skb', { ...APP, attachType: 'BPF_XDP' }))
    const { link } = attachIn('cgroup/skb', { ...APP, attachType: 'BPF_CGROUP_INET_EGRESS' })
    expect(link.target).toBe('cgroup_inet_egress of cgroup /sys/fs/cgroup/app')
  })

  it('says that there is no such cgroup', () => {
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attachIn('sockops', { ...APP, path: '/sys/fs/cgroup/none' }),
    )
    expect(error.cause).toMatchObject({ code: 'NO_SUCH_CGROUP' })
  })

  it.each([
    [9, 'ATTACH_FAILED', /no directory of a cgroup of version 2/],
    [7, 'ATTACH_OCCUPIED', /no order among them \(before 6.17\)/],
  ])('says what errno %i means', (errno, code, message) => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = (): never => fail('bpf', 'BPF_LINK_CREATE', errno)
    expect(bpfErrorOf(code, () => attachIn('sockops', APP, kernel)).message).toMatch(message)
  })
})

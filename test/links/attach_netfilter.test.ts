import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { refuse } from '../loader/bpf_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'

const INPUT = { kind: 'netfilter', family: 'ipv6', hook: 'input', priority: -5 } as const

describe('attachNetfilter', () => {
  it('links the program to the hook', () => {
    const { argumentsOf, program } = attachIn('netfilter', { ...INPUT, fragments: 'put together' })
    expect(argumentsOf('BPF_LINK_CREATE')).toEqual({
      prog_fd: program.fd,
      attach_type: 45,
      'netfilter.pf': 10,
      'netfilter.hooknum': 1,
      'netfilter.priority': -5,
      'netfilter.flags': 1,
    })
  })

  it.each([
    [16, 'ATTACH_OCCUPIED', /choose another priority/],
    [34, 'ATTACH_FAILED', /taken by the kernel/],
    [97, 'ATTACH_FAILED', /no netfilter for that family/],
  ])('says what errno %i means', (errno, code, message) => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    expect(bpfErrorOf(code, () => attachIn('netfilter', INPUT, kernel)).message).toMatch(message)
  })

  it('refuses a priority that is no number of 32 bits', () => {
    bpfErrorOf('ATTACH_FAILED', () => attachIn('netfilter', { ...INPUT, priority: 2 ** 31 }))
  })
})

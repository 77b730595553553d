import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { refuse } from '../loader/bpf_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'

const TCX = { kind: 'tcx', interface: 'eth0' } as const
const NETKIT = { kind: 'netkit', interface: 'eth0' } as const

describe('attachTcx', () => {
  it('links the program to the interface, with its place in the order', () => {
    const order = { before: { linkId: 12 } }
    const { argumentsOf, program } = attachIn('tcx/ingress', { ...TCX, order, expectedRevision: 9n })
    expect(argumentsOf('BPF_LINK_CREATE')).toEqual({
      prog_fd: program.fd,
      target_fd: 7,
      attach_type: 46,
      flags: (1 << 3) | (1 << 5) | (1 << 13),
      'tcx.relative_fd': 12,
      'tcx.expected_revision': 9n,
    })
  })

  it('goes where the target says, against the section', () => {
    const { link } = attachIn('tcx/ingress', { ...TCX, direction: 'egress' })
    expect(link.target).toBe('tcx egress of interface eth0')
  })

  it.each([
    [17, 'ATTACH_OCCUPIED', /the same program is attached there already/],
    [22, 'ATTACH_FAILED', /kernels before 6.6 have no tcx.*kind 'tc' attaches on every kernel/],
    [116, 'ATTACH_FAILED', /have changed since the revision/],
  ])('says what errno %i means', (errno, code, message) => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    expect(bpfErrorOf(code, () => attachIn('tcx/ingress', TCX, kernel)).message).toMatch(message)
  })
})

describe('attachNetkit', () => {
  it.each([
    ['netkit/primary', undefined, 54],
    ['netkit/peer', undefined, 55],
    ['tc', 'peer', 55],
  ] as const)('attaches a program of %s to side %s', (section, side, attachType) => {
    const { argumentsOf } = attachIn(section, { ...NETKIT, side, order: 'first' })
    expect(argumentsOf('BPF_LINK_CREATE')).toMatchObject({ target_fd: 7, attach_type: attachType, flags: 8 })
  })

  it('asks for the side where nothing says it', () => {
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attachIn('tc', NETKIT))
    expect(error.message).toContain("'primary' or 'peer'")
  })

  it.each([
    [6, /no netkit device/],
    [13, /by the primary interface/],
    [22, /CONFIG_NETKIT/],
  ])('says what errno %i means', (errno, message) => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    expect(bpfErrorOf('ATTACH_FAILED', () => attachIn('netkit/peer', NETKIT, kernel)).message).toMatch(
      message,
    )
  })
})

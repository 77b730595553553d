import { describe, expect, it } from 'vitest'
import { decodeNetlinkAttributes } from '../../src/abi/netlink_message.ts'
import { link_attribute, xdp_attribute } from '../../src/abi/generated/bpf.ts'
import { attachXdp } from '../../src/links/attach_xdp.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { refuse } from '../loader/bpf_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'
import { programIn } from './program_in.ts'

/** The attributes of the last IFLA_XDP, as numbers. */
function lastXdp(kernel: NetworkKernel): Readonly<Record<number, number>> {
  const message = decodeNetlinkAttributes(kernel.peer.last.get('RTM_SETLINK')!.payload, 16)
  const xdp = decodeNetlinkAttributes(message.get(link_attribute.IFLA_XDP)!)
  return Object.fromEntries(
    [...xdp].map(([type, value]) => [type, new DataView(value.buffer, value.byteOffset).getInt32(0, true)]),
  )
}

describe('attachXdp', () => {
  it.each([
    [undefined, undefined],
    ['skb', 2],
    ['drv', 4],
    ['hw', 8],
  ] as const)('asks for mode %s with the flags %s', (mode, flags) => {
    const { argumentsOf, program } = attachIn('xdp', { kind: 'xdp', interface: 'eth0', mode })
    const expected = { prog_fd: program.fd, target_fd: 7, attach_type: 37 }
    expect(argumentsOf('BPF_LINK_CREATE')).toEqual(flags === undefined ? expected : { ...expected, flags })
  })

  it('by netlink attaches where nothing is, and takes away its own program alone', () => {
    const kernel = new NetworkKernel()
    const { link } = attachIn('xdp', { kind: 'xdp', interface: 'eth0', by: 'netlink', mode: 'skb' }, kernel)
    const { IFLA_XDP_FD, IFLA_XDP_FLAGS, IFLA_XDP_EXPECTED_FD } = xdp_attribute
    const attached = lastXdp(kernel)
    expect(attached[IFLA_XDP_FLAGS]).toBe(2 | 1)
    expect(kernel.descriptors.get(attached[IFLA_XDP_FD]!)).toBe('program')
    link.close()
    const own = attached[IFLA_XDP_FD]
    expect(lastXdp(kernel)).toEqual({
      [IFLA_XDP_FD]: -1,
      [IFLA_XDP_FLAGS]: 2 | 16,
      [IFLA_XDP_EXPECTED_FD]: own,
    })
  })

  it('by netlink names the program that it is to replace', () => {
    const kernel = new NetworkKernel()
    const replaced = { fd: kernel.allocate('other program') }
    attachIn('xdp', { kind: 'xdp', interface: 'eth0', by: 'netlink', replace: replaced }, kernel)
    const { IFLA_XDP_FLAGS, IFLA_XDP_EXPECTED_FD } = xdp_attribute
    expect(lastXdp(kernel)).toMatchObject({ [IFLA_XDP_FLAGS]: 16, [IFLA_XDP_EXPECTED_FD]: replaced.fd })
  })

  it.each([17, 19])('closes without an error where the program is gone (errno %i)', (errno) => {
    const kernel = new NetworkKernel()
    const { link } = attachIn('xdp', { kind: 'xdp', interface: 'eth0', by: 'netlink' }, kernel)
    kernel.peer.refusals.set('RTM_SETLINK', errno)
    link.close()
    expect([...kernel.descriptors.values()]).toEqual(['program'])
  })

  it('says what is in the way, whichever way it is attached', () => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 16)
    kernel.peer.refusals.set('RTM_SETLINK', 16)
    for (const target of [
      { kind: 'xdp', interface: 'eth0' },
      { kind: 'xdp', interface: 'eth0', by: 'netlink' },
    ] as const) {
      const error = bpfErrorOf('ATTACH_OCCUPIED', () => attachIn('xdp', target, kernel))
      expect(error.message).toContain('takes one at a time; detach that one first')
      expect(error.cause).toMatchObject({ code: 'EBUSY' })
    }
  })

  it('does not take the older way on a kernel that has links', () => {
    const kernel = new NetworkKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    bpfErrorOf('ATTACH_FAILED', () => attachIn('xdp', { kind: 'xdp', interface: 'eth0' }, kernel))
    expect(kernel.peer.asked).toEqual(['RTM_GETLINK'])
  })

  it.each(['xdp/devmap', 'xdp.frags/cpumap'])(
    "refuses programs of %s, which go into a map's values",
    (section) => {
      const kernel = new NetworkKernel()
      const context = { kernel, program: programIn(kernel, section), observer: undefined }
      const error = bpfErrorOf('ATTACH_WRONG_PROGRAM', () =>
        attachXdp(context, { kind: 'xdp', interface: 'eth0' }),
      )
      expect(error.message).toMatch(/programs of a (dev|cpu)map's values/)
    },
  )
})

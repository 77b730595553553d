import { describe, expect, it } from 'vitest'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { claimClsact } from '../../src/links/clsact.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { NetworkKernel } from './network_kernel.ts'

function open(): { readonly kernel: NetworkKernel; readonly socket: NetlinkSocket } {
  const kernel = new NetworkKernel()
  return { kernel, socket: NetlinkSocket.open(kernel) }
}

describe('claimClsact', () => {
  it('makes the qdisc for the first, and removes it with the last', () => {
    const { kernel, socket } = open()
    const [first, second] = [claimClsact(kernel, socket, 7), claimClsact(kernel, socket, 7)]
    first.close()
    first.close()
    expect(kernel.peer.qdisc).toBe(true)
    second.close()
    expect(kernel.peer.qdisc).toBe(false)
  })

  it('leaves one that was there before', () => {
    const { kernel, socket } = open()
    kernel.peer.qdisc = true
    claimClsact(kernel, socket, 7).close()
    expect(kernel.peer.asked).toEqual(['RTM_NEWQDISC'])
  })

  it('leaves one that others have hung filters on', () => {
    const { kernel, socket } = open()
    const claim = claimClsact(kernel, socket, 7)
    kernel.peer.filters = 1
    claim.close()
    expect(kernel.peer.qdisc).toBe(true)
  })

  it('counts again once it was removed', () => {
    const { kernel, socket } = open()
    claimClsact(kernel, socket, 7).close()
    claimClsact(kernel, socket, 7).close()
    expect(kernel.peer.asked.filter((name) => name === 'RTM_DELQDISC')).toHaveLength(2)
  })

  it('tells interfaces apart', () => {
    const { kernel, socket } = open()
    const claim = claimClsact(kernel, socket, 7)
    claimClsact(kernel, socket, 8).close()
    expect(kernel.peer.qdisc).toBe(true)
    claim.close()
  })

  it('passes on a refusal, and claims nothing', () => {
    const { kernel, socket } = open()
    kernel.peer.refusals.set('RTM_NEWQDISC', 1)
    bpfErrorOf('EPERM', () => claimClsact(kernel, socket, 7))
    kernel.peer.refusals.clear()
    kernel.peer.qdisc = true
    claimClsact(kernel, socket, 7).close()
    expect(kernel.peer.qdisc).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'

const TARGET = { kind: 'tc', interface: 'eth0', direction: 'ingress' } as const

/** The word of `struct tcmsg` in the last request of a name. */
function word(kernel: NetworkKernel, name: string, index: number): number {
  const { payload } = kernel.peer.last.get(name)!
  return new DataView(payload.buffer, payload.byteOffset).getUint32(index * 4, true)
}

describe('attachTc', () => {
  it('makes the qdisc, adds the filter, and takes away both', () => {
    const { kernel, link } = attachIn('tc', TARGET)
    expect(kernel.peer.asked).toEqual(['RTM_GETLINK', 'RTM_NEWQDISC', 'RTM_NEWTFILTER'])
    link.close()
    expect(kernel.peer.asked.slice(3)).toEqual([
      'RTM_DELTFILTER',
      'RTM_GETTFILTER',
      'RTM_GETTFILTER',
      'RTM_DELQDISC',
    ])
  })

  it('takes away the filter at the place that the kernel gave it', () => {
    const { kernel, link } = attachIn('tc', TARGET)
    expect([word(kernel, 'RTM_NEWTFILTER', 2), word(kernel, 'RTM_NEWTFILTER', 4)]).toEqual([0, 0x300])
    link.close()
    expect([word(kernel, 'RTM_DELTFILTER', 2), word(kernel, 'RTM_DELTFILTER', 4)]).toEqual([1, 0xc000_0300])
  })

  it.each([2, 19, 22])('closes without an error where the filter is gone (errno %i)', (errno) => {
    const { kernel, link } = attachIn('tc', TARGET)
    for (const name of ['RTM_DELTFILTER', 'RTM_GETTFILTER']) kernel.peer.refusals.set(name, errno)
    link.close()
    expect([...kernel.descriptors.values()]).toEqual(['program'])
  })

  it('says that there is such a filter', () => {
    const kernel = new NetworkKernel()
    kernel.peer.refusals.set('RTM_NEWTFILTER', 17)
    const error = bpfErrorOf('ATTACH_OCCUPIED', () => attachIn('tc', TARGET, kernel))
    expect(error.message).toContain("replace it with existing: 'replace'")
    expect(kernel.peer.qdisc).toBe(false)
  })

  it.each([{ priority: 0 }, { priority: 65536 }, { priority: 1.5 }, { handle: -1 }, { handle: 2 ** 32 }])(
    'refuses %j before it asks the kernel',
    (wrong) => {
      const kernel = new NetworkKernel()
      bpfErrorOf('ATTACH_FAILED', () => attachIn('tc', { ...TARGET, ...wrong }, kernel))
      expect(kernel.peer.asked).toEqual([])
    },
  )
})

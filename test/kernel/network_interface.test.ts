import { describe, expect, it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { networkInterface } from '../../src/kernel/network_interface.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'
import { createVethPair, inNetworkNamespace, vethTest } from './network_namespace.ts'
import { linuxTest } from './require.ts'

describe('networkInterface', () => {
  it.each(['', 'a\0b', 0, -1, 1.5, 2 ** 31, Number.NaN])(
    'does not bother the kernel with %j, which no interface is called',
    (reference) => {
      const kernel = new FakeKernel()
      kernel.onSend = () => expect.fail('the kernel was asked')
      using socket = NetlinkSocket.open(kernel)
      bpfErrorOf('NO_SUCH_INTERFACE', () => networkInterface(socket, reference))
    },
  )

  linuxTest('finds lo by its name and by its index', () => {
    using socket = NetlinkSocket.open(openKernel())
    const lo = networkInterface(socket, 'lo')
    expect(lo).toMatchObject({ index: 1, name: 'lo' })
    expect(networkInterface(socket, 1)).toEqual(lo)
  })

  linuxTest('says which interface there is not, whatever its name is like', () => {
    using socket = NetlinkSocket.open(openKernel())
    for (const reference of ['no-such', 'x'.repeat(16), 'x'.repeat(1000), 'lö', '../lo', 1_000_000]) {
      const error = bpfErrorOf('NO_SUCH_INTERFACE', () => networkInterface(socket, reference))
      expect(error.message).toContain(String(reference))
    }
  })

  vethTest('looks in the namespace that the socket was opened in', async () => {
    let inside: NetlinkSocket | undefined
    await inNetworkNamespace(() => {
      inside = NetlinkSocket.open(openKernel())
      createVethPair('rawbpf-a', 'rawbpf-b')
    })
    using socket = inside!
    expect(networkInterface(socket, 'rawbpf-b').name).toBe('rawbpf-b')
    using outside = NetlinkSocket.open(openKernel())
    bpfErrorOf('NO_SUCH_INTERFACE', () => networkInterface(outside, 'rawbpf-b'))
  })
})

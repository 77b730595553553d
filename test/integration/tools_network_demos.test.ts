import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect } from 'vitest'
import { addClsact, deleteClsact } from '../../src/abi/rtnetlink.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { createVethPair, inNetworkNamespace, networkTest, vethTest } from '../kernel/network_namespace.ts'
import { run } from './command_objects.ts'
import { RunningTool, startTable } from './running_tool.ts'

const LO = 1
const time = expect.any(String) as string

/** Sends packets of so many bytes over lo, in the network namespace of this thread. Gives the sender's port and the receiver's. */
async function send(
  sizes: readonly number[],
  address: '127.0.0.1' | '::1',
): Promise<readonly [number, number]> {
  const sockets = [0, 0].map(() => createSocket(address === '::1' ? 'udp6' : 'udp4'))
  const [sender, receiver] = sockets as [(typeof sockets)[0], (typeof sockets)[0]]
  for (const socket of sockets) {
    socket.bind(0, address)
    await once(socket, 'listening')
  }
  const ports = [sender.address().port, receiver.address().port] as const
  for (const size of sizes) {
    const received = once(receiver, 'message')
    sender.send(new Uint8Array(size), ports[1], address)
    await received
  }
  for (const socket of sockets) socket.close()
  return ports
}

/** Headers of Ethernet, IP and UDP. */
const IPV4_HEADERS = 14 + 20 + 8
const IPV6_HEADERS = 14 + 40 + 8

describe('rawbpf tc-demo', () => {
  interface Interval {
    readonly packets_received: number
    readonly bytes_received: number
    readonly packets_sent: number
    readonly bytes_sent: number
  }

  const sum = (records: readonly Interval[], of: keyof Interval): number =>
    records.reduce((total, record) => total + record[of], 0)

  networkTest('counts what comes and goes, lets it pass, and takes its qdisc away', async () => {
    await inNetworkNamespace(async () => {
      await using tool = await RunningTool.start<Interval>('tc-demo', ['--interval', '0.2'], 2)
      await send([100, 200, 300], '127.0.0.1')
      await tool.record('packets', ({ packets_sent }) => packets_sent > 0)
      expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })
      const bytes = 600 + 3 * IPV4_HEADERS
      const expected = { packets_received: 3, bytes_received: bytes, packets_sent: 3, bytes_sent: bytes }
      for (const of of Object.keys(expected) as (keyof Interval)[])
        expect(sum(tool.records, of), of).toBe(expected[of])
      expect(Object.keys(tool.records[0]!)).toEqual(['time', ...Object.keys(expected)])

      using socket = NetlinkSocket.open(openKernel())
      // EEXIST where one is there.
      socket.request(addClsact(LO))
      socket.request(deleteClsact(LO))
    })
  })

  networkTest('prints a table, with a last line for the rest', async () => {
    await inNetworkNamespace(async () => {
      await using tool = await startTable('tc-demo', ['--interval', '600'])
      await send([58], '127.0.0.1')
      const { code, stdout, stderr } = await tool.stop()
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout.replace(/^\d\d:\d\d:\d\d/m, 'HH:MM:SS')).toBe(
        'TIME        PKTS IN     BYTES IN   PKTS OUT    BYTES OUT\n' +
          'HH:MM:SS          1          100          1          100\n',
      )
    })
  })

  networkTest('says which interface there is not', async () => {
    const { code, stderr } = await run('tc-demo', '--interface', 'none0')
    expect(code).toBe(1)
    expect(stderr).toContain('this network namespace has no interface called "none0"')
  })
})

describe('rawbpf sockfilter-demo', () => {
  interface Packet {
    readonly direction: string
    readonly protocol: string
    readonly length: number
    readonly source: string
    readonly destination: string
  }

  networkTest('takes packets of IPv4 and IPv6 apart, each where it leaves and where it arrives', async () => {
    await inNetworkNamespace(async () => {
      await using tool = await RunningTool.start<Packet>('sockfilter-demo', ['--interface', 'lo'], 1)
      const [from4, to4] = await send([10], '127.0.0.1')
      const [from6, to6] = await send([20], '::1')
      const isLast = ({ direction, destination }: Packet): boolean =>
        direction === 'in' && destination === `[::1]:${to6}`
      await tool.record('the last arrival', isLast)
      expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })

      const common = { time, protocol: 'udp' }
      const ipv4 = {
        ...common,
        length: 10 + IPV4_HEADERS,
        source: `127.0.0.1:${from4}`,
        destination: `127.0.0.1:${to4}`,
      }
      const ipv6 = {
        ...common,
        length: 20 + IPV6_HEADERS,
        source: `[::1]:${from6}`,
        destination: `[::1]:${to6}`,
      }
      const ours = tool.records.filter(({ protocol }) => protocol === 'udp')
      expect(ours).toEqual(
        [ipv4, ipv6].flatMap((packet) => [
          { ...packet, direction: 'out' },
          { ...packet, direction: 'in' },
        ]),
      )
    })
  })

  vethTest('sees nothing of other interfaces', async () => {
    await inNetworkNamespace(async () => {
      createVethPair('rawbpf-a', 'rawbpf-b')
      await using tool = await RunningTool.start<Packet>('sockfilter-demo', ['-i', 'rawbpf-a'], 1)
      await send([10, 20], '127.0.0.1')
      // What was seen until then would still be printed.
      expect(await tool.interrupt()).toMatchObject({ code: 0, stdout: '' })
    })
  })

  networkTest('says which interface there is not', async () => {
    const { code, stderr } = await run('sockfilter-demo', '--interface', 'none0')
    expect(code).toBe(1)
    expect(stderr).toContain('this network namespace has no interface called "none0"')
  })
})

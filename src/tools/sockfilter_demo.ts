import {
  bundledObject,
  interfaceIndex,
  interfaceName,
  ipAddress,
  number,
  packetSocket,
  text,
  time,
  type Column,
  type Tool,
} from '../tool/index.ts'

/** `struct event` of bpf/sockfilter-demo.bpf.c, as BTF decodes it. */
interface PacketEvent {
  readonly direction: 'in' | 'out'
  readonly ethertype: number
  readonly protocol: number
  readonly source_port: number
  readonly destination_port: number
  readonly length: number
  readonly source: readonly number[]
  readonly destination: readonly number[]
}

/** What is printed of it. */
interface Packet {
  readonly direction: 'in' | 'out'
  /** `tcp`; `ip 47` and `0x88cc` where there is no name here. */
  readonly protocol: string
  readonly length: number
  /** Undefined where it is not IP. */
  readonly source: string | undefined
  readonly destination: string | undefined
}

/** Of IP: include/uapi/linux/in.h, in6.h. */
const protocols = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmpv6'],
])

const ETH_P_IP = 0x0800
const ipVersions = new Map([
  [ETH_P_IP, 4],
  [0x86dd, 6],
])

export function packetOf({ direction, ethertype, length, ...event }: PacketEvent): Packet {
  const version = ipVersions.get(ethertype)
  const end = (address: readonly number[], port: number): string | undefined => {
    if (version === undefined) return undefined
    const shown = ipAddress(version, address)
    if (port === 0) return shown
    return ethertype === ETH_P_IP ? `${shown}:${port}` : `[${shown}]:${port}`
  }
  const ofIp = protocols.get(event.protocol) ?? `ip ${event.protocol}`
  const protocol = version === undefined ? `0x${ethertype.toString(16).padStart(4, '0')}` : ofIp
  const source = end(event.source, event.source_port)
  return { direction, protocol, length, source, destination: end(event.destination, event.destination_port) }
}

async function* packets(events: AsyncIterable<PacketEvent>): AsyncGenerator<Packet> {
  for await (const event of events) yield packetOf(event)
}

export const columns: readonly Column<Packet>[] = [
  time,
  text('DIR', 3, ({ direction }) => direction),
  text('PROTO', 6, ({ protocol }) => protocol),
  number('LENGTH', 6, ({ length }) => length),
  text('SOURCE', 22, ({ source }) => source ?? ''),
  text('DESTINATION', 22, ({ destination }) => destination ?? ''),
]

export const sockfilterDemo: Tool = {
  name: 'sockfilter-demo',
  summary: 'Print the packets of an interface, taken apart by the filter of a socket that keeps none',
  examples: [['rawbpf sockfilter-demo --interface eth0', 'addresses and ports of IPv4 and IPv6']],
  object: bundledObject('sockfilter-demo'),
  options: [interfaceName],
  run: async (session) => {
    session.spec.globals['interface'] = interfaceIndex(String(session.options['interface'] ?? 'lo'))
    const object = session.load()
    using socket = packetSocket()
    object.program('decode').attach({ kind: 'socket', fd: socket.fd })
    const { signal } = session
    const events = object.ringBuffer<PacketEvent>('events', 'event', { signal })
    await session.printRecords(packets(events), columns)
  },
}

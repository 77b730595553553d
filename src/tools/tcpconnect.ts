import {
  bundledObject,
  type Column,
  commColumn,
  commFilter,
  errorName,
  ipAddress,
  number,
  pidColumn,
  pidFilter,
  text,
  time,
  type Tool,
} from '../tool/index.ts'

/** `struct event` of bpf/tcpconnect.bpf.c, as BTF decodes it. */
export interface ConnectEvent {
  readonly pid: number
  readonly version: number
  readonly result: number
  readonly source_port: number
  readonly port: number
  readonly source: readonly number[]
  readonly address: readonly number[]
  readonly comm: string
}

/** With addresses as text. */
interface Connect extends Omit<ConnectEvent, 'source' | 'address'> {
  readonly source: string
  readonly address: string
}

async function* withAddresses(events: AsyncIterable<ConnectEvent>): AsyncGenerator<Connect, void, undefined> {
  for await (const event of events) {
    const { version, source, address } = event
    yield { ...event, source: ipAddress(version, source), address: ipAddress(version, address) }
  }
}

export const columns: readonly Column<Connect>[] = [
  time,
  pidColumn,
  commColumn,
  number('IP', 2, ({ version }) => version),
  text('SOURCE', 24, ({ source }) => source),
  number('SPORT', 5, ({ source_port }) => source_port),
  text('DESTINATION', 24, ({ address }) => address),
  number('DPORT', 5, ({ port }) => port),
  text('RESULT', 12, ({ result }) => (result === 0 ? 'sent' : errorName(-result))),
]

export const tcpconnect: Tool = {
  name: 'tcpconnect',
  summary: 'Print TCP connections that processes start, with addresses and ports',
  examples: [
    ['rawbpf tcpconnect', 'every process'],
    ['rawbpf tcpconnect --json --comm curl', 'those named curl, as JSON'],
  ],
  object: bundledObject('tcpconnect'),
  options: [pidFilter, commFilter],
  run: async (session) => {
    const object = await session.attachFirst({
      'fexit (since Linux 5.5)': ['exit_v4', 'exit_v6'],
      'kprobes (CONFIG_KPROBE_EVENTS)': ['call_v4', 'call_v6', 'return_v4', 'return_v6'],
    })
    const events = object.ringBuffer<ConnectEvent>('events', 'event', { signal: session.signal })
    await session.printRecords(withAddresses(events), columns)
  },
}

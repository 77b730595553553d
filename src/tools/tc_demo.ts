import type { LoadedObject } from '../index.ts'
import { bundledObject, interfaceName, number, seconds, time, type Column, type Tool } from '../tool/index.ts'

/** The object's counters, and what is printed: by how much they grew since the line before. */
interface Counts {
  readonly packets_received: bigint
  readonly bytes_received: bigint
  readonly packets_sent: bigint
  readonly bytes_sent: bigint
}

export const columns: readonly Column<Counts>[] = [
  time,
  number('PKTS IN', 10, (counts) => counts.packets_received),
  number('BYTES IN', 12, (counts) => counts.bytes_received),
  number('PKTS OUT', 10, (counts) => counts.packets_sent),
  number('BYTES OUT', 12, (counts) => counts.bytes_sent),
]

const counterOf = ({ globals }: LoadedObject, name: keyof Counts): bigint => {
  const value = globals[name]
  return typeof value === 'bigint' ? value : 0n
}

/** Reads the counters with each tick. */
async function* growth(object: LoadedObject, ticks: AsyncIterable<unknown>): AsyncGenerator<Counts> {
  const before = new Map<keyof Counts, bigint>()
  const grown = (name: keyof Counts): bigint => {
    const now = counterOf(object, name)
    const then = before.get(name) ?? 0n
    before.set(name, now)
    return now - then
  }
  const tick = ticks[Symbol.asyncIterator]()
  while ((await tick.next()).done !== true) {
    yield {
      packets_received: grown('packets_received'),
      bytes_received: grown('bytes_received'),
      packets_sent: grown('packets_sent'),
      bytes_sent: grown('bytes_sent'),
    }
  }
}

export const tcDemo: Tool = {
  name: 'tc-demo',
  summary: 'Count the packets of an interface, in both directions (traffic control)',
  examples: [['rawbpf tc-demo --interface eth0 --interval 5', 'what came by every five seconds']],
  object: bundledObject('tc-demo'),
  options: [
    interfaceName,
    { flags: '--interval <seconds>', description: 'print a line so often (default: 1)', value: seconds },
  ],
  run: async (session) => {
    const { interface: name = 'lo', interval = 1 } = session.options
    const object = session.load()
    // The filters hang on a clsact qdisc, which goes with the links where it came with them.
    const target = { kind: 'tc', interface: String(name) } as const
    object.program('count_received').attach({ ...target, direction: 'ingress' })
    object.program('count_sent').attach({ ...target, direction: 'egress' })
    await session.printRecords(growth(object, session.ticks(Number(interval))), columns)
  },
}

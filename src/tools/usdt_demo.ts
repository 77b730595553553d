import {
  bundledObject,
  type Column,
  commColumn,
  commFilter,
  pidColumn,
  pidFilter,
  text,
  time,
  type Tool,
} from '../tool/index.ts'

/** `struct event` of bpf/usdt-demo.bpf.c, as BTF decodes it. */
interface ProbeEvent {
  readonly pid: number
  readonly count: number
  readonly values: readonly bigint[]
  readonly comm: string
}

/** What is printed of it. */
type Hit = Pick<ProbeEvent, 'comm' | 'pid' | 'values'>

export const columns: readonly Column<Hit>[] = [
  time,
  commColumn,
  pidColumn,
  text('VALUES', 20, ({ values }) => values.join(' ')),
]

async function* hits(events: AsyncIterable<ProbeEvent>): AsyncGenerator<Hit> {
  for await (const { comm, pid, count, values } of events) yield { comm, pid, values: values.slice(0, count) }
}

export const usdtDemo: Tool = {
  name: 'usdt-demo',
  summary: 'Print the values of a probe that is built into a program or library (USDT)',
  examples: [
    ['rawbpf usdt-demo', 'every exception that a C++ program throws'],
    ['rawbpf usdt-demo --path python3 --probe python:gc__start', 'collections of garbage, by generation'],
  ],
  object: bundledObject('usdt-demo'),
  options: [
    { flags: '--path <file>', description: 'a program or library (default: libstdc++.so.6)' },
    {
      flags: '--probe <provider:name>',
      description: 'one of its probes, which readelf -n lists (default: libstdcxx:throw)',
      value: {
        read: (text) => (/^[^:]+:[^:]+$/.test(text) ? text : undefined),
        expected: 'the provider and the name of a probe, such as libstdcxx:throw',
      },
    },
    pidFilter,
    commFilter,
  ],
  run: async (session) => {
    const { path = 'libstdc++.so.6', probe = 'libstdcxx:throw', pid } = session.options
    const [provider = '', name = ''] = String(probe).split(':')
    const target = { kind: 'usdt', path: String(path), provider, name } as const
    const object = session.load()
    object.program('on_probe').attach(pid === undefined ? target : { ...target, pid: Number(pid) })
    const { signal } = session
    await session.printRecords(hits(object.ringBuffer<ProbeEvent>('events', 'event', { signal })), columns)
  },
}

/**
 * The part of `npm run bench` in which one cpu produces records and another one reads them at the same time: builds both sides,
 * runs them in turns, and makes rows of what they took.
 */
import { cpus } from 'node:os'
import { type BothSides, buildBothSides } from './both_sides.ts'
import { type Command, runToEnd } from './measure.ts'
import { summarize } from './statistics.ts'
import type { Row } from './table.ts'

/** What a reader says that read while another process produced. */
export interface StreamRead {
  readonly records: number
  /** What the program counted: records that found space, and those that did not. */
  readonly produced: number
  readonly lost: number
  /** How long the producing took. */
  readonly producerNs: number
  /** What the reading took of its cpu. */
  readonly readerCpuNs: number
}

/** What a reader says that read full buffers. */
export interface Drained {
  readonly nsPerRecord: readonly number[]
}

/**
 * Calls of `produce`, of 100 runs of 1,000 records each (bench/stream.c): ten million records for the ring buffer and one million
 * for the perf buffer, where a record takes the producer many times as long.
 */
const CALLS = { ring: 100, perf: 10 } as const
const ROUNDS_PER_PROCESS = 5

/** Builds bench/stream.c, bench/stream_consume.ts and the object that both load; the reason where that cannot be. */
export function buildStreamBench(buildFolder: string): BothSides | { readonly missing: string } {
  if (cpus().length < 2) return { missing: 'there is only one cpu' }
  return buildBothSides({ name: 'stream', script: 'stream_consume.ts' }, buildFolder)
}

/** Runs both sides in turns, `turns` times. */
export async function measureStreams(
  bench: BothSides,
  library: string,
  libbpfVersion: string,
  turns: number,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const kind of ['ring', 'perf'] as const) {
    const libbpf: StreamRead[] = []
    const rawbpf: StreamRead[] = []
    for (let turn = 0; turn < turns; turn++) {
      libbpf.push(await json<StreamRead>([bench.libbpf, 'read', bench.object, kind, String(CALLS[kind])]))
      const ours = [bench.rawbpf, library, bench.object, 'read', kind, String(CALLS[kind]), bench.libbpf]
      rawbpf.push(await json<StreamRead>([process.execPath, ...ours]))
    }
    for (const { name, unit, of } of QUANTITIES) {
      rows.push({
        name: `${kind} buffer, producer on another cpu: ${name}`,
        unit,
        reference: { name: `libbpf ${libbpfVersion}`, summary: summarize(libbpf.map(of)) },
        rawbpf: summarize(rawbpf.map(of)),
      })
    }
  }
  return [...rows, await measureDrain(bench, library, libbpfVersion, turns)]
}

const QUANTITIES: readonly {
  readonly name: string
  readonly unit: Row['unit']
  readonly of: (read: StreamRead) => number
}[] = [
  { name: 'records read', unit: 'million/s', of: ({ records, producerNs }) => (records / producerNs) * 1000 },
  { name: 'share lost', unit: '%', of: ({ produced, lost }) => (lost / (produced + lost)) * 100 },
  {
    name: "reader's cpu time per record",
    unit: 'ns',
    of: ({ records, readerCpuNs }) => readerCpuNs / records,
  },
]

async function measureDrain(
  bench: BothSides,
  library: string,
  libbpfVersion: string,
  turns: number,
): Promise<Row> {
  const [libbpf, rawbpf]: [number[], number[]] = [[], []]
  const rounds = String(ROUNDS_PER_PROCESS)
  for (let turn = 0; turn < turns; turn++) {
    libbpf.push(...(await json<Drained>([bench.libbpf, 'drain', bench.object, rounds])).nsPerRecord)
    const ours = [bench.rawbpf, library, bench.object, 'drain', rounds]
    rawbpf.push(...(await json<Drained>([process.execPath, ...ours])).nsPerRecord)
  }
  return {
    name: 'perf buffer record, filled by the reader (warm): fields in place',
    unit: 'ns',
    reference: { name: `libbpf ${libbpfVersion}, callback`, summary: summarize(libbpf) },
    rawbpf: summarize(rawbpf),
  }
}

async function json<T>(command: Command): Promise<T> {
  return JSON.parse((await runToEnd(command)).stdout) as T
}

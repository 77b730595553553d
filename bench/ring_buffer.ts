/**
 * The ring buffer's part of `npm run bench`: builds both sides, runs them in turns, and makes rows of what they took.
 */
import { cpus } from 'node:os'
import { type BothSides, buildBothSides } from './both_sides.ts'
import { runToEnd } from './measure.ts'
import { READERS, type Consumption } from './ringbuf.ts'
import { summarize } from './statistics.ts'
import type { Row } from './table.ts'

/** Who fills the ring: the process that reads it, or another one on another cpu. */
type FilledBy = 'self' | 'other'

const SITUATIONS: Readonly<Record<FilledBy, string>> = {
  self: 'filled by the reader (warm)',
  other: 'filled on another cpu (cold)',
}

/** Rounds of each reader in one process; a full ring has 932,067 records. */
const ROUNDS_PER_PROCESS = 3

/** Builds bench/ringbuf.c, bench/consume.ts and the object that both load; the reason where that cannot be. */
export function buildRingBufferBench(buildFolder: string): BothSides | { readonly missing: string } {
  return buildBothSides({ name: 'ringbuf', script: 'consume.ts' }, buildFolder)
}

/** Nanoseconds per record: libbpf's callback, and each of rawbpf's readers. */
interface Samples {
  readonly libbpf: number[]
  readonly rawbpf: Readonly<Record<Consumption['reader'], number[]>>
}

/** Runs both sides in turns, `turns` times; nobody else's process is measured at the same time. */
export async function measureRingBuffer(
  bench: BothSides,
  library: string,
  libbpfVersion: string,
  turns: number,
): Promise<Row[]> {
  const situations: readonly FilledBy[] = cpus().length > 1 ? ['self', 'other'] : ['self']
  const rows: Row[] = []
  for (const filledBy of situations) {
    const samples = await sample(bench, library, filledBy, turns)
    const reference = { name: `libbpf ${libbpfVersion}, callback`, summary: summarize(samples.libbpf) }
    for (const reader of READERS) {
      const name = `ring buffer record, ${SITUATIONS[filledBy]}: ${reader}`
      rows.push({ name, unit: 'ns', reference, rawbpf: summarize(samples.rawbpf[reader]) })
    }
  }
  return rows
}

async function sample(
  { object, libbpf, rawbpf }: BothSides,
  library: string,
  filledBy: FilledBy,
  turns: number,
): Promise<Samples> {
  const samples: Samples = {
    libbpf: [],
    rawbpf: { 'fields in place': [], copies: [], 'decoded objects': [], 'for await': [] },
  }
  const filler = filledBy === 'other' ? [libbpf] : []
  const rounds = String(ROUNDS_PER_PROCESS)
  for (let turn = 0; turn < turns; turn++) {
    const c = await runToEnd([libbpf, 'read', object, rounds, filledBy])
    samples.libbpf.push(...(JSON.parse(c.stdout) as Pick<Consumption, 'nsPerRecord'>).nsPerRecord)
    const js = await runToEnd([process.execPath, rawbpf, library, object, rounds, filledBy, ...filler])
    for (const { reader, nsPerRecord } of JSON.parse(js.stdout) as Consumption[])
      samples.rawbpf[reader].push(...nsPerRecord)
  }
  return samples
}

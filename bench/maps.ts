/**
 * The maps' part of `npm run bench`: builds both sides, runs them in turns, and makes rows of what they took.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import type { MapTimes } from './map_entries.ts'
import { runToEnd } from './measure.ts'
import { summarize } from './statistics.ts'
import type { Row } from './table.ts'

const ENTRIES = 64 * 1024
const BATCH = 1024
const ROUNDS_PER_PROCESS = 3

/** Rows by what rawbpf does, with what it is compared with. */
const ROWS: readonly { readonly rawbpf: string; readonly libbpf: string }[] = [
  { rawbpf: 'lookup', libbpf: 'lookup' },
  { rawbpf: 'lookup, a copy', libbpf: 'lookup' },
  { rawbpf: 'update', libbpf: 'update' },
  { rawbpf: 'lookup in batches', libbpf: 'lookup in batches' },
  { rawbpf: 'lookup in batches, copies', libbpf: 'lookup in batches' },
  { rawbpf: 'update in batches', libbpf: 'update in batches' },
]

/** What build() made. */
export interface MapBench {
  readonly libbpf: string
  readonly rawbpf: string
}

/** Builds bench/maps.c and bench/map_entries.ts. */
export function buildMapBench(buildFolder: string): MapBench {
  const bench: MapBench = { libbpf: join(buildFolder, 'maps'), rawbpf: join(buildFolder, 'map_entries.js') }
  const source = (name: string): string => join(import.meta.dirname, name)
  const toHost = ['-O2', '-o', bench.libbpf, source('maps.c'), '-lbpf', '-lelf', '-lz']
  execFileSync('cc', toHost, { stdio: 'inherit' })
  buildSync({
    entryPoints: [source('map_entries.ts')],
    outfile: bench.rawbpf,
    format: 'esm',
    target: 'node20',
    platform: 'node',
  })
  return bench
}

/** Runs both sides in turns, `turns` times. */
export async function measureMaps(
  { libbpf, rawbpf }: MapBench,
  library: string,
  libbpfVersion: string,
  turns: number,
): Promise<Row[]> {
  const samples = { libbpf: new Map<string, number[]>(), rawbpf: new Map<string, number[]>() }
  const sizes = [ENTRIES, BATCH, ROUNDS_PER_PROCESS].map(String)
  for (let turn = 0; turn < turns; turn++) {
    add(samples.libbpf, (await runToEnd([libbpf, ...sizes])).stdout)
    add(samples.rawbpf, (await runToEnd([process.execPath, rawbpf, library, ...sizes])).stdout)
  }
  return ROWS.map((row) => ({
    name: `map entry: ${row.rawbpf}`,
    unit: 'ns',
    reference: {
      name: `libbpf ${libbpfVersion}, ${row.libbpf}`,
      summary: summarize(samples.libbpf.get(row.libbpf) ?? []),
    },
    rawbpf: summarize(samples.rawbpf.get(row.rawbpf) ?? []),
  }))
}

function add(samples: Map<string, number[]>, stdout: string): void {
  for (const [name, times] of Object.entries(JSON.parse(stdout) as MapTimes))
    samples.set(name, [...(samples.get(name) ?? []), ...times])
}

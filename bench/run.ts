/**
 * `npm run bench`: rawbpf beside its C twin (bootstrap.c, on the system's libbpf), in turns, so that whatever else the
 * machine does falls on both. README.md says what is measured and how.
 *
 * Options: --rounds N (default 20), --turns N of the ring buffer's readers and of the maps (default 5), --json.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { buildBtfDumpBench, measureBtfDump } from './btf_dump.ts'
import { buildCoreBench, measureCore } from './core.ts'
import { buildMapBench, measureMaps } from './maps.ts'
import { buildRingBufferBench, measureRingBuffer } from './ring_buffer.ts'
import { type Command, runToEnd, runTracer } from './measure.ts'
import { summarize } from './statistics.ts'
import { buildStreamBench, measureStreams } from './streams.ts'
import { type Row, formatTable, ratioOf } from './table.ts'

const repository = join(import.meta.dirname, '..')
const object = join(repository, 'bpf/bootstrap.bpf.o')
const library = join(repository, 'dist/index.js')
const cli = join(repository, 'dist/cli.cjs')
const buildFolder = join(import.meta.dirname, 'build')
const twin = join(buildFolder, 'bootstrap')
const openToAttached = join(buildFolder, 'open_to_attached.js')

/** Every sample of one side, by quantity. */
interface Samples {
  readonly openToAttachedMs: number[]
  readonly startToAttachedMs: number[]
  readonly peakRssMib: number[]
  readonly sigintToExitMs: number[]
}

const noSamples = (): Samples => ({
  openToAttachedMs: [],
  startToAttachedMs: [],
  peakRssMib: [],
  sigintToExitMs: [],
})

/**
 * libbpf 1.1 looks for tracefs at its usual places only. Where it is not mounted, this process starts again in a mount
 * namespace of its own that has it; the system's mounts stay as they are. True if it did.
 */
function reranWithTracefs(): boolean {
  if (existsSync('/sys/kernel/tracing/events')) return false
  const script = 'mount -t tracefs tracefs /sys/kernel/tracing && exec "$0" "$@"'
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', script, ...self], { stdio: 'inherit' })
  process.exitCode = status ?? 1
  return true
}

function build(): void {
  mkdirSync(buildFolder, { recursive: true })
  const source = join(import.meta.dirname, 'bootstrap.c')
  execFileSync('cc', ['-O2', '-o', twin, source, '-lbpf', '-lelf', '-lz'], { stdio: 'inherit' })
  const script = join(import.meta.dirname, 'open_to_attached.ts')
  // Plain JavaScript for any Node.js, with no loader hook in the process that is measured.
  buildSync({
    entryPoints: [script],
    outfile: openToAttached,
    format: 'esm',
    target: 'node20',
    platform: 'node',
  })
}

async function sampleTracer(command: Command, samples: Samples): Promise<string> {
  const run = await runTracer(command)
  samples.startToAttachedMs.push(run.startToAttachedMs)
  samples.peakRssMib.push(run.peakRssMib)
  samples.sigintToExitMs.push(run.sigintToExitMs)
  return run.stderr
}

/** The twin's version of libbpf. */
async function sampleTwin(samples: Samples): Promise<string> {
  const stderr = await sampleTracer([twin, '-t', object], samples)
  const timings = JSON.parse(stderr) as { readonly libbpf: string; readonly open_to_attached_ns: number }
  samples.openToAttachedMs.push(timings.open_to_attached_ns / 1e6)
  return timings.libbpf
}

async function sampleRawbpf(samples: Samples): Promise<void> {
  if (existsSync(cli)) await sampleTracer([process.execPath, cli, 'bootstrap'], samples)
  if (!existsSync(library)) return
  const { stdout } = await runToEnd([process.execPath, openToAttached, library, object])
  const timings = JSON.parse(stdout) as { readonly open_to_attached_ns: number }
  samples.openToAttachedMs.push(timings.open_to_attached_ns / 1e6)
}

async function measure(
  rounds: number,
): Promise<{ readonly libbpfVersion: string; readonly rows: readonly Row[] }> {
  const [libbpf, rawbpf, node]: [Samples, Samples, number[]] = [noSamples(), noSamples(), []]
  // The first round fills the page cache; nothing of it counts.
  const libbpfVersion = await sampleTwin(noSamples())
  await sampleRawbpf(noSamples())
  for (let round = 0; round < rounds; round++) {
    await sampleTwin(libbpf)
    await sampleRawbpf(rawbpf)
    node.push((await runToEnd([process.execPath, '-e', '0'])).ms)
  }
  const against = (key: keyof Samples, name: string, unit: Row['unit']): Row => ({
    name,
    unit,
    reference: { name: `libbpf ${libbpfVersion}, C`, summary: summarize(libbpf[key]) },
    rawbpf: summarize(rawbpf[key]),
  })
  const startToAttached = against('startToAttachedMs', 'process start to attached', 'ms')
  const rows: readonly Row[] = [
    against('openToAttachedMs', 'open to attached, inside the process', 'ms'),
    startToAttached,
    { ...startToAttached, reference: { name: 'node -e 0, start to exit', summary: summarize(node) } },
    against('peakRssMib', 'peak RSS', 'MiB'),
    against('sigintToExitMs', 'SIGINT to exit', 'ms'),
  ]
  return { libbpfVersion, rows }
}

/** The processor, or what the kernel says about it: some virtual machines give no name. */
function machine(): string {
  const model = cpus()[0]?.model ?? /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  const load = loadavg()[0]!.toFixed(2)
  return `${cpus().length} x ${model ?? 'unknown cpu'}, Linux ${release()}, Node.js ${process.version}, load ${load}`
}

function positiveInteger(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${option} takes a positive integer, not ${text}`)
}

interface Measured {
  readonly libbpfVersion: string
  readonly rows: readonly Row[]
  /** What could not be measured, and why. */
  readonly notes: readonly string[]
}

async function measureAll(rounds: number, turns: number): Promise<Measured> {
  const core = buildCoreBench(buildFolder)
  const btfDump = buildBtfDumpBench(buildFolder)
  const ringBuffer = buildRingBufferBench(buildFolder)
  const maps = buildMapBench(buildFolder)
  const streams = buildStreamBench(buildFolder)
  const { libbpfVersion, rows: bootstrapRows } = await measure(rounds)
  const rows = [...bootstrapRows]
  if ('object' in core) rows.push(...(await measureCore(core, libbpfVersion, rounds)))
  if ('inside' in btfDump && existsSync(cli)) rows.push(...(await measureBtfDump(btfDump, cli, rounds)))
  if (existsSync(library)) {
    if ('object' in ringBuffer)
      rows.push(...(await measureRingBuffer(ringBuffer, library, libbpfVersion, turns)))
    rows.push(...(await measureMaps(maps, library, libbpfVersion, turns)))
    if ('object' in streams) rows.push(...(await measureStreams(streams, library, libbpfVersion, turns)))
  }
  const notes = [
    ...('missing' in core ? [`CO-RE relocations are not measured: ${core.missing}.`] : []),
    ...('missing' in btfDump ? [`C headers are not measured: ${btfDump.missing}.`] : []),
    ...('missing' in ringBuffer ? [`The ring buffer is not measured: ${ringBuffer.missing}.`] : []),
    ...('missing' in streams ? [`Streams are not measured: ${streams.missing}.`] : []),
  ]
  return { libbpfVersion, rows, notes }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string' }, turns: { type: 'string' }, json: { type: 'boolean' } },
  })
  const rounds = positiveInteger('--rounds', values.rounds ?? '20')
  const turns = positiveInteger('--turns', values.turns ?? '5')
  if (reranWithTracefs()) return
  build()
  const before = machine()
  const { libbpfVersion, rows, notes } = await measureAll(rounds, turns)
  if (values.json === true) {
    const results = rows.map((row) => ({ ...row, ratio: ratioOf(row) }))
    console.log(
      JSON.stringify({ machine: before, libbpf: libbpfVersion, rounds, turns, results }, undefined, 2),
    )
    return
  }
  console.log(`${before}\n${rounds} rounds, both sides in turns\n\n${formatTable(rows)}`)
  for (const note of notes) console.log(`\n${note}`)
  if (!existsSync(library) || !existsSync(cli)) console.log('\nrawbpf is not built: run npm run build first.')
}

await main()

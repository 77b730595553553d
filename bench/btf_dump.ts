/**
 * The part of `npm run bench` about C headers: the running kernel's types as vmlinux.h, by `bpftool btf dump file format c`
 * and by rawbpf, as a command and inside of a process.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { type Command, runToEnd } from './measure.ts'
import { summarize } from './statistics.ts'
import type { Row } from './table.ts'

const VMLINUX = '/sys/kernel/btf/vmlinux'

/** Headers that one process makes one after the other, for the warm row: the last half of them counts. */
const WARM_HEADERS = 20

/** What buildBtfDumpBench() made. */
export interface BtfDumpBench {
  readonly bpftool: string
  /** What `bpftool version` says. */
  readonly bpftoolVersion: string
  readonly inside: string
  /** Where headers are written to. */
  readonly header: string
}

/** Builds bench/dump_header.ts; the reason where there is nothing to compare with. */
export function buildBtfDumpBench(buildFolder: string): BtfDumpBench | { readonly missing: string } {
  if (!existsSync(VMLINUX)) return { missing: `there is no ${VMLINUX}` }
  const bpftool = ['/usr/sbin/bpftool', '/usr/bin/bpftool'].find((path) => existsSync(path))
  if (bpftool === undefined) return { missing: 'bpftool is not installed' }
  const said = spawnSync(bpftool, ['version'], { encoding: 'utf8' }).stdout
  const inside = join(buildFolder, 'dump_header.cjs')
  buildSync({
    entryPoints: [join(import.meta.dirname, 'dump_header.ts')],
    outfile: inside,
    bundle: true,
    format: 'cjs',
    target: 'node20',
    platform: 'node',
    minifySyntax: true,
  })
  const [bpftoolVersion = 'bpftool'] = said.split('\n')
  return { bpftool, bpftoolVersion, inside, header: join(buildFolder, 'vmlinux.h') }
}

/** Runs both sides in turns, each in a fresh process; the commands write to a file. */
export async function measureBtfDump(bench: BtfDumpBench, cli: string, rounds: number): Promise<Row[]> {
  const words = ['btf', 'dump', 'file', VMLINUX, 'format', 'c'] as const
  const samples = {
    bpftool: [] as number[],
    command: [] as number[],
    first: [] as number[],
    later: [] as number[],
  }
  const ours: Command = [process.execPath, cli, ...words]
  const theirs: Command = [bench.bpftool, ...words]
  await runIntoFile(theirs, bench.header)
  await runIntoFile(ours, bench.header)
  for (let round = 0; round < rounds; round++) {
    samples.bpftool.push(await runIntoFile(theirs, bench.header))
    samples.command.push(await runIntoFile(ours, bench.header))
    samples.first.push(...(await timesInside(bench, 1)))
  }
  samples.later.push(...(await timesInside(bench, WARM_HEADERS)).slice(WARM_HEADERS / 2))
  const reference = { name: `${bench.bpftoolVersion}, start to exit`, summary: summarize(samples.bpftool) }
  const row = (what: string, ms: readonly number[]): Row => ({
    name: `the kernel's types as vmlinux.h: ${what}`,
    unit: 'ms',
    reference,
    rawbpf: summarize(ms),
  })
  return [
    row('process start to exit', samples.command),
    row('inside the process, first of it', samples.first),
    row('inside the process, later ones', samples.later),
  ]
}

async function timesInside({ inside }: BtfDumpBench, times: number): Promise<readonly number[]> {
  const { stdout } = await runToEnd([process.execPath, inside, VMLINUX, String(times)])
  return (JSON.parse(stdout) as { readonly ms: readonly number[] }).ms
}

/** Milliseconds from before spawn(2) until the command has exited, its standard output in a file. */
async function runIntoFile([file, ...args]: Command, path: string): Promise<number> {
  const output = openSync(path, 'w')
  try {
    const start = performance.now()
    const child = spawn(file, args, { stdio: ['ignore', output, 'inherit'] })
    await once(child, 'exit')
    const ms = performance.now() - start
    if (child.exitCode !== 0)
      throw new Error(`${file} ${args.join(' ')} ended with ${child.exitCode ?? 'a signal'}`)
    return ms
  } finally {
    closeSync(output)
  }
}

if (process.argv[1] === import.meta.filename) {
  const { formatTable } = await import('./table.ts')
  const bench = buildBtfDumpBench(join(import.meta.dirname, 'build'))
  if ('missing' in bench) throw new Error(bench.missing)
  const rows = await measureBtfDump(
    bench,
    join(import.meta.dirname, '../dist/cli.cjs'),
    Number(process.argv[2] ?? 10),
  )
  console.log(`load ${readFileSync('/proc/loadavg', 'utf8').trim()}\n${formatTable(rows)}`)
}

/**
 * The part of `npm run bench` about CO-RE: builds an object with 1,000 relocations and both sides, requires that they
 * compute the same instructions, runs them in turns, and makes rows of what they took.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { Btf } from '../src/btf/btf.ts'
import { BtfError } from '../src/btf/btf_error.ts'
import { type BtfExt, decodeCoreRelos } from '../src/btf/btf_ext.ts'
import { parseObject } from '../src/object/parse_object.ts'
import { CORE_RELOCATIONS, CORE_TYPES, coreSource, WHOLE_TYPES } from './core_source.ts'
import { runToEnd } from './measure.ts'
import { summarize } from './statistics.ts'
import type { Row } from './table.ts'

/** With the LLVM tool that takes the debugging information off, as objects are shipped. */
const TOOLCHAINS = [
  ['clang-19', 'llvm-strip-19'],
  ['clang-14', 'llvm-strip-14'],
  ['clang', 'llvm-strip'],
] as const

/** Objects that one process relocates one after the other, for the warm rows: the last half of them counts. */
const WARM_OBJECTS = 60

/** What buildCoreBench() made. */
export interface CoreBench {
  readonly object: string
  readonly libbpf: string
  readonly rawbpf: string
}

/**
 * Builds bench/core.c, bench/core_relocate.ts and the object that both relocate; the reason where that cannot be.
 *
 * @throws Error where the object has not the relocations that it should have, or both sides make other instructions of it.
 */
export function buildCoreBench(buildFolder: string): CoreBench | { readonly missing: string } {
  const toolchain = TOOLCHAINS.find((tools) =>
    tools.every((command) => spawnSync(command, ['--version']).status === 0),
  )
  if (toolchain === undefined) return { missing: 'no clang with its llvm-strip is installed' }
  const [clang, strip] = toolchain
  const bench: CoreBench = {
    object: join(buildFolder, 'core.bpf.o'),
    libbpf: join(buildFolder, 'core'),
    rawbpf: join(buildFolder, 'core_relocate.js'),
  }
  const twin = join(import.meta.dirname, 'core.c')
  execFileSync('cc', ['-O2', '-o', bench.libbpf, twin, '-lbpf', '-lelf', '-lz'], { stdio: 'inherit' })
  const source = join(buildFolder, 'core.bpf.c')
  writeFileSync(source, sourceFor(bench.libbpf))
  execFileSync(clang, ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-c', source, '-o', bench.object], {
    stdio: 'inherit',
  })
  execFileSync(strip, ['-g', bench.object], { stdio: 'inherit' })
  buildRawbpf(bench.rawbpf)
  requireRelocations(bench.object)
  requireSameInstructions(bench)
  return bench
}

function sourceFor(libbpf: string): string {
  const vmlinux = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), { name: 'vmlinux' })
  const definitions = execFileSync(libbpf, ['types', ...WHOLE_TYPES], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return coreSource(vmlinux, definitions)
}

/** Bundled as scripts/build.ts bundles the library; of this, only what relocating needs. */
function buildRawbpf(outfile: string): void {
  buildSync({
    entryPoints: [join(import.meta.dirname, 'core_relocate.ts')],
    outfile,
    bundle: true,
    external: ['koffi'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    minifySyntax: true,
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)",
    },
  })
}

function requireRelocations(object: string): void {
  const { btfExt } = parseObject(readFileSync(object), object)
  const roots = btfExt === undefined ? [] : rootsOf(btfExt)
  const [relocations, types] = [roots.length, new Set(roots).size]
  if (relocations === CORE_RELOCATIONS && types === CORE_TYPES) return
  throw new Error(
    `${object} has ${relocations} CO-RE relocations over ${types} types, not ${CORE_RELOCATIONS} over ${CORE_TYPES}`,
  )
}

function rootsOf(ext: BtfExt): readonly number[] {
  return ext.coreRelos.flatMap((section) =>
    decodeCoreRelos(ext, section).flatMap(({ relo }) => (relo instanceof BtfError ? [] : [relo.typeId])),
  )
}

function requireSameInstructions({ object, libbpf, rawbpf }: CoreBench): void {
  const theirs = execFileSync(libbpf, ['instructions', object], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  const ours = execFileSync(process.execPath, [rawbpf, 'instructions', object], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (ours !== theirs || ours === '') throw new Error(`libbpf and rawbpf relocate ${object} differently`)
}

/** What one process of either side prints. */
interface Relocations {
  readonly open_to_relocated_ns: readonly number[]
  /** libbpf's: how much of it went into reading the kernel's BTF. */
  readonly btf_read_ns?: readonly number[]
}

/** What rawbpf prints once the object is loaded and its garbage is collected; bytes. */
interface Memory {
  readonly heap_used: number
  /** Buffers, and the mapping of the kernel's BTF, although its pages are the kernel's. */
  readonly external: number
}

/** Of one side, in milliseconds. */
interface Samples {
  readonly first: number[]
  /** Of the same objects, without libbpf's reading of the kernel's BTF. */
  readonly firstWithoutRead: number[]
  readonly later: number[]
}

const noSamples = (): Samples => ({ first: [], firstWithoutRead: [], later: [] })

/** Later objects take many per process, and memory hardly varies: one of so many rounds measures them. */
const ROUNDS_PER_WARM_RUN = 5

/** Runs both sides in turns, each in a fresh process. */
export async function measureCore(bench: CoreBench, libbpfVersion: string, rounds: number): Promise<Row[]> {
  const { libbpf, rawbpf } = bench
  const sides: readonly [Side, Side] = [
    { command: [libbpf], samples: noSamples() },
    { command: [process.execPath, rawbpf], samples: noSamples() },
  ]
  const memory: Memory[] = []
  for (let round = 0; round < rounds; round++) {
    for (const { command, samples } of sides) {
      const { times, withoutRead } = await relocateTimes(command, bench.object, 1)
      samples.first.push(...times)
      samples.firstWithoutRead.push(...withoutRead)
    }
    if (round % ROUNDS_PER_WARM_RUN > 0) continue
    for (const { command, samples } of sides) {
      const { times } = await relocateTimes(command, bench.object, WARM_OBJECTS)
      samples.later.push(...times.slice(WARM_OBJECTS / 2))
    }
    const { stdout } = await runToEnd([process.execPath, '--expose-gc', rawbpf, 'load', bench.object])
    memory.push(JSON.parse(stdout) as Memory)
  }
  return rowsOf(sides[0].samples, sides[1].samples, memory, `libbpf ${libbpfVersion}, C`)
}

interface Side {
  readonly command: readonly [string, ...string[]]
  readonly samples: Samples
}

async function relocateTimes(
  command: readonly [string, ...string[]],
  object: string,
  objects: number,
): Promise<{ readonly times: readonly number[]; readonly withoutRead: readonly number[] }> {
  const { stdout } = await runToEnd([...command, 'relocate', object, String(objects)])
  const { open_to_relocated_ns: times, btf_read_ns: reads } = JSON.parse(stdout) as Relocations
  return {
    times: times.map((ns) => ns / 1e6),
    withoutRead: times.map((ns, index) => (ns - (reads?.[index] ?? 0)) / 1e6),
  }
}

function rowsOf(libbpf: Samples, rawbpf: Samples, memory: readonly Memory[], name: string): Row[] {
  const title = `${CORE_RELOCATIONS} CO-RE relocations`
  const heap = memory.map(({ heap_used: used }) => used / 2 ** 20)
  const withExternal = memory.map(({ heap_used: used, external }) => (used + external) / 2 ** 20)
  const alone = { name: '', summary: undefined }
  return [
    {
      name: `${title}: open to relocated, first object of a process`,
      unit: 'ms',
      reference: { name, summary: summarize(libbpf.first) },
      rawbpf: summarize(rawbpf.first),
    },
    {
      name: `${title}: the same, libbpf without its read(2) of the kernel's BTF`,
      unit: 'ms',
      reference: { name, summary: summarize(libbpf.firstWithoutRead) },
      rawbpf: summarize(rawbpf.firstWithoutRead),
    },
    {
      name: `${title}: open to relocated, later objects`,
      unit: 'ms',
      reference: { name, summary: summarize(libbpf.later) },
      rawbpf: summarize(rawbpf.later),
    },
    { name: `${title}: heap in use once loaded`, unit: 'MiB', reference: alone, rawbpf: summarize(heap) },
    {
      name: `${title}: heap, buffers and mapped BTF once loaded`,
      unit: 'MiB',
      reference: alone,
      rawbpf: summarize(withExternal),
    },
  ]
}

/**
 * The part of `npm run bench` about CO-RE: builds an object with 1,000 relocations and both sides, requires that they
 * compute the same instructions, runs them in turns, and makes rows of what they took.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { Btf } from '../src/btf/btf.ts'
import { type BtfExt, decodeCoreRelo } from '../src/btf/btf_ext.ts'
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
  const definitions = execFileSync(libbpf, ['types', ...WHOLE_TYPES], { encoding: 'utf8', maxBuffer: 2 ** 28 })
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
    Array.from({ length: section.count }, (_, index) => decodeCoreRelo(ext, section, index).typeId),
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
  /** rawbpf's: bytes in use after a garbage collection, with the object and the kernel's types still held. */
  readonly memory: {
    readonly heapUsed: number
    /** The mapping of the kernel's BTF is in it, though its pages are the kernel's. */
    readonly external: number
  }
}

/** One side's samples. */
interface Samples {
  readonly firstMs: number[]
  readonly laterMs: number[]
}

/** Runs both sides in turns, each in a fresh process. */
export async function measureCore(bench: CoreBench, libbpfVersion: string, rounds: number): Promise<Row[]> {
  const [libbpf, rawbpf]: [Samples, Samples] = [
    { firstMs: [], laterMs: [] },
    { firstMs: [], laterMs: [] },
  ]
  const [heapMib, withExternalMib]: [number[], number[]] = [[], []]
  const [runLibbpf, runRawbpf] = [[bench.libbpf], [process.execPath, '--expose-gc', bench.rawbpf]]
  for (let round = 0; round < rounds; round++) {
    libbpf.firstMs.push(...(await relocate(runLibbpf, bench, 1)).times)
    const { times, memory } = await relocate(runRawbpf, bench, 1)
    rawbpf.firstMs.push(...times)
    heapMib.push(memory.heapUsed / 2 ** 20)
    withExternalMib.push((memory.heapUsed + memory.external) / 2 ** 20)
    if (round % 5 > 0) continue
    for (const [run, { laterMs }] of [
      [runLibbpf, libbpf],
      [runRawbpf, rawbpf],
    ] as const) {
      const later = await relocate(run, bench, WARM_OBJECTS)
      laterMs.push(...later.times.slice(WARM_OBJECTS / 2))
    }
  }
  const name = `libbpf ${libbpfVersion}, C`
  const title = `${CORE_RELOCATIONS} CO-RE relocations`
  const none = { name: '', summary: undefined }
  return [
    {
      name: `${title}, open to relocated, first object of a process`,
      unit: 'ms',
      reference: { name, summary: summarize(libbpf.firstMs) },
      rawbpf: summarize(rawbpf.firstMs),
    },
    {
      name: `${title}, open to relocated, later objects`,
      unit: 'ms',
      reference: { name, summary: summarize(libbpf.laterMs) },
      rawbpf: summarize(rawbpf.laterMs),
    },
    { name: `${title}, JavaScript heap in use`, unit: 'MiB', reference: none, rawbpf: summarize(heapMib) },
    {
      name: `${title}, the same with buffers and the mapped BTF`,
      unit: 'MiB',
      reference: none,
      rawbpf: summarize(withExternalMib),
    },
  ]
}

async function relocate(
  run: readonly string[],
  { object }: CoreBench,
  objects: number,
): Promise<{ readonly times: readonly number[]; readonly memory: Relocations['memory'] }> {
  const [file, ...args] = run
  const { stdout } = await runToEnd([file!, ...args, 'relocate', object, String(objects)])
  const { open_to_relocated_ns: ns, memory } = JSON.parse(stdout) as Relocations
  return { times: ns.map((time) => time / 1e6), memory }
}

/**
 * `npm run test:oracle`: loads every object of the corpus with rawbpf and with bpftool and compares what the kernel then
 * has. `npm run test:oracle -- FILE.o ...` does it with objects of anybody's; `-- NAME ...` with parts of the corpus
 * (`linked_GROUP` for those that are linked first, see linked.ts).
 *
 * Then what cannot be seen in this machine's kernel: the corpus relocated for another one, types for older ones, modules
 * put on another one; all compared with libbpf itself.
 *
 * It runs in a mount namespace of its own, with a BPF file system of its own: what bpftool pins is gone with it.
 */
import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'
import { type Command, SuiteError } from '../../scripts/debian-suite.ts'
import { oracleTools, type OracleTools } from '../../scripts/oracle-tools.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { buildWithLibbpf } from './build_peer.ts'
import { compareSnapshots } from './compare.ts'
import { build, type BuiltObject, readCorpus, type Source } from './corpus.ts'
import { type BuiltGroup, buildGroup, checkGroup, readGroups } from './linked.ts'
import { knownFailures } from './known_failures.ts'
import { buildPeer } from './libbpf_peer.ts'
import { compareForOtherKernels } from './other_kernel.ts'
import { BPFFS, loadResized, loadWithBpftool, loadWithRawbpf, type Outcome } from './peers.ts'
import { judge, type Verdict } from './verdict.ts'

const INSIDE = 'RAWBPF_ORACLE_INSIDE'

/** Starts this program again where nobody else sees its mounts. */
function enterNamespace(): number {
  const { status } = spawnSync(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      '--',
      process.execPath,
      ...process.execArgv,
      ...process.argv.slice(1),
    ],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } },
  )
  return status ?? 1
}

function mountBpffs(): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'bpf', 'bpf', BPFFS], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot mount a BPF file system: ${stderr}`)
}

interface Result {
  readonly object: BuiltObject
  readonly verdict: Verdict
  readonly loaded: 'by both' | 'not by both'
}

async function main(args: readonly string[]): Promise<number> {
  mountBpffs()
  const tools = oracleTools()
  console.log(
    `oracle: ${tools.bpftoolVersion}; clang ${tools.clangs.map(({ version }) => version).join(', ')}`,
  )
  for (const note of tools.notes) console.log(note)
  const isForeign = args.some((arg) => arg.endsWith('.o'))
  const objects = isForeign ? args.map(foreign) : buildCorpus(tools, args)
  const groups = isForeign ? [] : buildGroups(tools, args)
  const kernel = openKernel()
  const peers = { bpftool: tools.bpftool, resizer: findResizer() }
  const results: Result[] = []
  for (const object of objects) {
    if (object.source.resizes === undefined || peers.resizer !== undefined)
      results.push(await check(kernel, peers, object))
  }
  for (const group of groups) {
    results.push({
      object: group.object,
      verdict: await checkGroup(kernel, tools, group),
      loaded: 'not by both',
    })
  }
  for (const { object, verdict } of results) print(object, verdict)
  const status = summarise(results)
  return Math.max(status, compareOthers(results))
}

/** What other kernels would get. Without their packages it is left out, and a line says so. */
function compareOthers(results: readonly Result[]): number {
  const loaded = results.filter(
    ({ object, verdict, loaded }) =>
      // Where only rawbpf keeps the types, it has changed them.
      loaded === 'by both' && verdict.kind === 'same' && object.source.expect !== 'types',
  )
  const newest = Math.max(...loaded.map(({ object }) => object.clang))
  const paths = (some: readonly Result[]): readonly string[] => some.map(({ object }) => object.path)
  try {
    const { lines, differences } = compareForOtherKernels(buildPeer(), {
      all: paths(loaded),
      some: paths(loaded.filter(({ object }) => object.clang === newest)),
    })
    for (const line of lines) console.log(line)
    for (const difference of differences) console.log(`DIFFERENCE: ${difference}`)
    return differences.length > 0 ? 1 : 0
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error
    console.log(`MISSING: other kernels: ${error.message}`)
    return 0
  }
}

function foreign(path: string): BuiltObject {
  const source: Source = {
    name: basename(path),
    path,
    covers: [],
    expect: 'both',
    oldestClang: 0,
    flags: [],
    then: [],
  }
  return { name: path, source, clang: 0, path }
}

/** A source that no longer compiles is no longer compared. */
let notBuilt = 0

function buildCorpus(tools: OracleTools, names: readonly string[]): readonly BuiltObject[] {
  const sources = readCorpus().filter(({ name }) => names.length === 0 || names.includes(name))
  return sources.flatMap((source) =>
    tools.clangs
      .filter(({ version }) => version >= source.oldestClang)
      .flatMap((clang) => {
        const object = build(source, clang, tools)
        if (!('error' in object)) return [object]
        console.log(`NOT BUILT: ${source.name} (clang ${clang.version}): ${object.error}`)
        notBuilt++
        return []
      }),
  )
}

interface Peers {
  readonly bpftool: Command
  /** Undefined where it cannot be built: objects that need it are then not compared. */
  readonly resizer: Command | undefined
}

function findResizer(): Command | undefined {
  try {
    return buildWithLibbpf('resize.c')
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error
    console.log(`MISSING: libbpf for objects that are resized: ${error.message}`)
    return undefined
  }
}

async function check(kernel: Kernel, { bpftool, resizer }: Peers, object: BuiltObject): Promise<Result> {
  const { resizes } = object.source
  const ours = await loadWithRawbpf(kernel, object.path, resizes)
  const theirs =
    resizes === undefined || resizer === undefined
      ? loadWithBpftool(kernel, bpftool, object.path)
      : loadResized(kernel, resizer, object.path, resizes)
  const verdict = judge(object, ours, theirs, differencesOf(ours, theirs), knownFailures)
  const loaded = ours.kind === 'loaded' && theirs.kind === 'loaded' ? 'by both' : 'not by both'
  return { object, verdict, loaded }
}

function buildGroups(tools: OracleTools, names: readonly string[]): readonly BuiltGroup[] {
  const groups = readGroups().filter(({ source }) => names.length === 0 || names.includes(source.name))
  return groups.flatMap((group) =>
    tools.clangs
      .filter(({ version }) => version >= group.source.oldestClang)
      .flatMap((clang) => {
        const built = buildGroup(group, clang, tools)
        if (!('error' in built)) return [built]
        console.log(`NOT BUILT: ${group.source.name} (clang ${clang.version}): ${built.error}`)
        notBuilt++
        return []
      }),
  )
}

function differencesOf(ours: Outcome, theirs: Outcome): readonly string[] {
  return ours.kind === 'loaded' && theirs.kind === 'loaded'
    ? compareSnapshots(ours.snapshot, theirs.snapshot)
    : []
}

function print(object: BuiltObject, verdict: Verdict): void {
  if (verdict.lines.length === 0) return
  const title = verdict.kind === 'same' ? 'FAILS AS IT SHOULD' : verdict.kind.toUpperCase()
  console.log(`${title}: ${object.name}`)
  for (const line of verdict.lines) console.log(`    ${line}`)
}

function summarise(results: readonly Result[]): number {
  const count = (kind: Verdict['kind']): number =>
    results.filter(({ verdict }) => verdict.kind === kind).length
  console.log('\ncovered features (objects that are the same / objects):')
  const features = [...new Set(results.flatMap(({ object }) => object.source.covers))].sort()
  for (const feature of features) {
    const covering = results.filter(({ object }) => object.source.covers.includes(feature))
    const same = covering.filter(({ verdict }) => verdict.kind === 'same')
    console.log(`${`${same.length}/${covering.length}`.padStart(7)}  ${feature}`)
  }
  console.log(
    `\n${features.length} features, ${results.length} objects: ${count('same')} the same, ` +
      `${count('known failure')} known failures, ${count('difference')} differences`,
  )
  return count('difference') + notBuilt > 0 || results.length === 0 ? 1 : 0
}

if (process.env[INSIDE] === '1') process.exitCode = await main(process.argv.slice(2))
else process.exitCode = enterNamespace()

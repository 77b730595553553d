import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, type Command } from '../../scripts/debian-suite.ts'
import type { Clang, OracleTools } from '../../scripts/oracle-tools.ts'
import { BpfError } from '../../src/base/errors.ts'
import { parseElf } from '../../src/elf/parse.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { linkObjects } from '../../src/static_linker/link_objects.ts'
import { compareSnapshots } from './compare.ts'
import { compareLinked } from './compare_linked.ts'
import { build, type BuiltObject, readSource, type Source } from './corpus.ts'
import { loadWithBpftool, loadWithRawbpf, type Outcome } from './peers.ts'
import type { Verdict } from './verdict.ts'

/**
 * Groups of sources that are linked into one object: a folder for each group, its objects in the order of their names. The
 * first one's comment lines (see corpus.ts) speak for the group; each may have flags of its own. Besides:
 *
 *     // expect: rawbpf: why       bpftool refuses to link it, or its result is wrong
 *     // load: none                the result is compared, but cannot be loaded
 *
 * Two things are compared: what the linkers wrote, and what the kernel has after loading it. rawbpf's result is loaded by
 * rawbpf and by bpftool, bpftool's by rawbpf.
 */
export interface Group {
  readonly source: Source
  readonly members: readonly Source[]
  readonly isLoaded: boolean
}

const linkedFolder = join(import.meta.dirname, 'linked')

export function readGroups(): readonly Group[] {
  return readdirSync(linkedFolder)
    .sort()
    .map((name) => {
      const folder = join(linkedFolder, name)
      const members = readdirSync(folder)
        .filter((file) => file.endsWith('.bpf.c'))
        .sort()
        .map((file) => readSource(folder, file))
      const [first] = members
      if (first === undefined) throw new Error(`${folder} holds no sources`)
      const isLoaded = !/^\/\/ load: none$/m.test(readFileSync(first.path, 'utf8'))
      return { source: { ...first, name: `linked_${name}` }, members, isLoaded }
    })
}

/** The objects of a group, built. */
export interface BuiltGroup {
  readonly object: BuiltObject
  readonly group: Group
  readonly paths: readonly string[]
}

export function buildGroup(
  group: Group,
  clang: Clang,
  tools: OracleTools,
): BuiltGroup | { readonly error: string } {
  const { name } = group.source
  const built = group.members.map((member) =>
    build({ ...member, name: `${name}.${member.name}` }, clang, tools),
  )
  const failed = built.find((result) => 'error' in result)
  if (failed !== undefined && 'error' in failed) return failed
  const paths = built.flatMap((result) => ('path' in result ? [result.path] : []))
  const title = `${name} (clang ${clang.version})`
  return { object: { name: title, source: group.source, clang: clang.version, path: '' }, group, paths }
}

/** How one of the two linkers fared. */
type LinkOutcome =
  | { readonly kind: 'linked'; readonly path: string }
  | { readonly kind: 'refused'; readonly text: string; readonly typed: boolean }

export async function checkGroup(kernel: Kernel, tools: OracleTools, built: BuiltGroup): Promise<Verdict> {
  const ours = linkWithRawbpf(built)
  const theirs = linkWithBpftool(tools.bpftool, built)
  if (ours.kind === 'refused' && !ours.typed) return difference([`rawbpf threw no BpfError: ${ours.text}`])
  const { expect } = built.group.source
  if (expect === 'neither') return judgeRefusals(ours, theirs)
  if (ours.kind === 'refused') return difference([`rawbpf refuses to link: ${ours.text}`])
  const other = expect !== 'rawbpf' && theirs.kind === 'linked' ? theirs.path : undefined
  const loads = built.group.isLoaded ? await compareLoads(kernel, tools, ours.path, other) : []
  if (theirs.kind === 'refused') {
    if (expect !== 'rawbpf') return difference([`bpftool refuses to link: ${theirs.text}`, ...loads])
    return loads.length === 0 ? { kind: 'same', lines: [`bpftool: ${theirs.text}`] } : difference(loads)
  }
  const lines = [...compareLinked(readElf(ours.path), readElf(theirs.path))]
  if (expect === 'rawbpf') {
    if (lines.length === 0)
      return difference(['bpftool links it as rawbpf does, and the group says that it does not'])
    return loads.length === 0 ? { kind: 'same', lines: [] } : difference(loads)
  }
  return lines.length + loads.length === 0 ? { kind: 'same', lines: [] } : difference([...lines, ...loads])
}

const difference = (lines: readonly string[]): Verdict => ({ kind: 'difference', lines })

function judgeRefusals(ours: LinkOutcome, theirs: LinkOutcome): Verdict {
  const linked = [
    ...(ours.kind === 'linked' ? ['rawbpf links it, and the group says that it cannot'] : []),
    ...(theirs.kind === 'linked' ? ['bpftool links it, and the group says that it cannot'] : []),
  ]
  if (linked.length > 0) return difference(linked)
  const text = (who: string, outcome: LinkOutcome): string =>
    outcome.kind === 'refused' ? `${who}: ${outcome.text}` : who
  return { kind: 'same', lines: [text('rawbpf', ours), text('bpftool', theirs)] }
}

/** Loaders name maps after the file, so both results have the same name. */
function resultPath({ object }: BuiltGroup, who: 'rawbpf' | 'bpftool'): string {
  const folder = join(cacheFolder, 'linked', who, `clang${object.clang}`)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${object.source.name}.bpf.o`)
  rmSync(path, { force: true })
  return path
}

function linkWithRawbpf(built: BuiltGroup): LinkOutcome {
  const path = resultPath(built, 'rawbpf')
  try {
    writeFileSync(path, linkObjects(built.paths.map((name) => ({ name, bytes: readFileSync(name) }))))
    return { kind: 'linked', path }
  } catch (error) {
    if (error instanceof BpfError) return { kind: 'refused', text: error.message, typed: true }
    return {
      kind: 'refused',
      text: error instanceof Error ? (error.stack ?? '') : String(error),
      typed: false,
    }
  }
}

function linkWithBpftool(bpftool: Command, built: BuiltGroup): LinkOutcome {
  const path = resultPath(built, 'bpftool')
  const args = [...bpftool.args, 'gen', 'object', path, ...built.paths]
  const { status, stderr } = spawnSync(bpftool.file, args, { encoding: 'utf8' })
  if (status === 0 && existsSync(path)) return { kind: 'linked', path }
  return { kind: 'refused', text: stderr.trim(), typed: true }
}

const readElf = (path: string): ReturnType<typeof parseElf> => parseElf(readFileSync(path), path)

/** @param theirs The path of bpftool's result, undefined where it is not what it should be. */
async function compareLoads(
  kernel: Kernel,
  { bpftool }: OracleTools,
  ours: string,
  theirs: string | undefined,
): Promise<readonly string[]> {
  const own = await loadWithRawbpf(kernel, ours)
  const byBpftool = loadWithBpftool(kernel, bpftool, ours)
  return [
    ...compareOutcomes("rawbpf's result", own, byBpftool),
    ...(theirs === undefined ? [] : compareResults(own, await loadWithRawbpf(kernel, theirs))),
  ]
}

/** bpftool keeps types of extern functions that nothing refers to, see compare_linked.ts. */
function compareResults(ours: Outcome, theirs: Outcome): readonly string[] {
  return compareOutcomes("rawbpf's result and bpftool's", ours, theirs).filter(
    (text) => !text.includes('only bpftool has func_proto'),
  )
}

function compareOutcomes(what: string, one: Outcome, other: Outcome): readonly string[] {
  const failures = [one, other].flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.text] : []))
  if (failures.length > 0) return failures.map((text) => `loading ${what}: ${text}`)
  if (one.kind === 'failed' || other.kind === 'failed') return []
  return compareSnapshots(one.snapshot, other.snapshot).map((text) => `loading ${what}: ${text}`)
}

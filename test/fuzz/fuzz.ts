import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { BpfError } from '../../src/base/errors.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { fitArena } from '../../src/loader/fit_arena.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { nameContexts } from '../../src/relocate/context_arguments.ts'
import { planStructOps } from '../../src/relocate/plan_struct_ops.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import { linkOutcomeOf } from './link.ts'
import { mutate, type Seed, seedOf } from './mutate.ts'
import { Random } from './random.ts'

/**
 * Damaged objects through the whole path from bytes to relocated instructions. Input number `i` of a run with seed `s` is
 * made from a seed of its own, `inputSeed(s, i)`, so that a bad one is made again without those before it.
 */

export interface FuzzReport {
  readonly inputs: number
  /** How many came through the stage. */
  readonly relocated: number
  /** How often each error code was the outcome. */
  readonly errors: ReadonlyMap<string, number>
  /** Inputs whose outcome is neither a result nor a BpfError, or that took too long. */
  readonly bad: readonly BadInput[]
  readonly slowest: Timed
}

export interface BadInput {
  readonly index: number
  readonly why: string
}

interface Timed {
  readonly index: number
  readonly milliseconds: number
}

export interface FuzzOptions {
  readonly seeds: readonly Seed[]
  readonly target: Btf
  readonly runs: number
  readonly seed: number
  /** What is done with each input; default 'relocate'. */
  readonly stage?: Stage
  /** The first input's number; default 0. */
  readonly first?: number
  /** Milliseconds of CPU time that one input may take. Nothing is interrupted; a hang is for the caller to notice. */
  readonly timeLimit: number
  /** Called before each input. */
  readonly onInput?: (index: number) => void
}

/** The whole path from bytes to relocated instructions, or the static linker. */
export type Stage = 'relocate' | 'link'

/** How many bad inputs are kept; a run that has more has one bug, most likely. */
const MAX_BAD = 20

export function fuzz(options: FuzzOptions): FuzzReport {
  const { seeds, target, runs, seed, stage = 'relocate', first = 0, timeLimit, onInput } = options
  const errors = new Map<string, number>()
  const bad: BadInput[] = []
  let relocated = 0
  let slowest: Timed = { index: 0, milliseconds: 0 }
  for (let index = first; index < first + runs && bad.length < MAX_BAD; index++) {
    onInput?.(index)
    const random = new Random(inputSeed(seed, index))
    const bytes = mutate(seeds, random)
    // CPU time: on a busy machine the clock would blame inputs for what others do.
    const start = process.cpuUsage()
    const outcome =
      stage === 'link'
        ? linkOutcomeOf(bytes, seeds, random)
        : outcomeOf(bytes, index % 2 === 0 ? target : 'its own types')
    const { user, system } = process.cpuUsage(start)
    const milliseconds = (user + system) / 1000
    if (milliseconds > slowest.milliseconds) slowest = { index, milliseconds }
    if (outcome.kind === 'relocated') relocated++
    else if (outcome.kind === 'refused') errors.set(outcome.code, (errors.get(outcome.code) ?? 0) + 1)
    else bad.push({ index, why: outcome.why })
    if (milliseconds > timeLimit) bad.push({ index, why: `took ${milliseconds.toFixed(0)} ms` })
  }
  return { inputs: runs, relocated, errors, bad, slowest }
}

export const inputSeed = (seed: number, index: number): number => (Math.imul(seed, 0x9e3779b1) + index) >>> 0

/** Relocated is what gives at least one program, or has none to give. */
export type FuzzOutcome =
  | { readonly kind: 'relocated' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'bad'; readonly why: string }

/** What becomes of one input, relocated against `target`; its own types may be as damaged as the rest of it. */
export function outcomeOf(bytes: Uint8Array, target: Btf | 'its own types'): FuzzOutcome {
  try {
    const spec = parseObject(bytes, 'fuzz.bpf.o')
    edit(spec)
    const targetBtf = (): Btf => targetOf(target, spec)
    const facts = { targetBtf, hasBpfCookie: () => true, kernelVersion: () => 0x06_12_00 }
    const relocated = relocateObject(spec, facts)
    fitToTarget(relocated, targetOf(target, spec))
    const [failure] = relocated.failures
    if (failure === undefined || relocated.programs.length > 0) return { kind: 'relocated' }
    return { kind: 'refused', code: failure.error.code }
  } catch (error) {
    if (error instanceof BpfError) return { kind: 'refused', code: error.code }
    return { kind: 'bad', why: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** Gives each variable and each member the value that it has, and each map larger values, wherever that may be done. */
function edit(spec: ObjectSpec): void {
  const { globals } = spec
  const members = Object.values(spec.structOps).flatMap((map) =>
    Object.keys(map).map((name) => () => (map[name] = map[name] ?? null)),
  )
  const attempts = [
    ...Object.keys(globals).map((name) => () => (globals[name] = globals[name] ?? 0)),
    ...[...spec.maps.values()].map((map) => () => (map.valueSize += 64)),
    ...Object.keys(globals).map((name) => () => globals[name]),
    ...members,
  ]
  for (const attempt of attempts) {
    try {
      attempt()
    } catch (error) {
      if (!(error instanceof BpfError)) throw error
    }
  }
}

/** What a loader does with types before the kernel sees the object. */
function fitToTarget(relocated: RelocatedObject, target: Btf): void {
  nameContexts(relocated)
  const machine = { pageSize: 4096, hasFullRangeOffsets: () => true }
  planStructOps(fitArena(relocated, machine), { vmlinux: () => target, modules: () => [] })
}

function targetOf(target: Btf | 'its own types', spec: ObjectSpec): Btf {
  if (target !== 'its own types') return target
  return spec.btf ?? Btf.parse(new BtfBuilder().finish({ endianness: 'little' }), { name: 'empty' })
}

const repository = join(import.meta.dirname, '..', '..')

/** The objects in the repository, and those of the oracle's corpus where they were built. */
export function readSeeds(): readonly Seed[] {
  const folders = ['bpf', 'test/fixtures', '.cache/oracle/objects']
  const files = folders.flatMap((folder) => objectsIn(join(repository, folder)))
  return files
    .map((file) => seedOf(file, new Uint8Array(readFileSync(file))))
    .filter(({ regions }) => regions.length > 2)
}

function objectsIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return []
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // What is made to be refused need not be good before it is damaged.
      .filter((file) => file.endsWith('.bpf.o') && !file.startsWith('rejections/'))
      .sort()
      .map((file) => join(folder, file))
  )
}

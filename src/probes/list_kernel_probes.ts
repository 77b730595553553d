import { BpfError } from '../base/errors.ts'
import { enumeratorsOf } from '../check/checked_kernel.ts'
import { type SectionDefinition, sectionDefinitions } from '../object/section_definitions.ts'
import type { ProbeFacts, ProbeRequest, ReportProblem } from './facts.ts'
import { functionProbes, tracedFunctionProbes } from './function_probes.ts'
import { iteratorProbes, lsmProbes, structOpsProbes } from './hook_probes.ts'
import type { ProbePattern } from './pattern.ts'
import { describeNothing, type Probe } from './probe.ts'
import { rawTracepointProbes, tracepointProbes } from './tracepoint_probes.ts'

/** Places that are listed in one way. */
interface ProbeFamily {
  /** What is listed whatever the pattern is. */
  readonly usual: readonly string[]
  /** Other sections for the same places, listed where a pattern begins with one: otherwise each function would be there ten times. */
  readonly others: readonly string[]
  readonly list: (request: ProbeRequest) => void
}

/** In the order in which they are listed. */
const families: readonly ProbeFamily[] = [
  { usual: ['tp'], others: ['tracepoint'], list: tracepointProbes },
  { usual: ['raw_tp', 'tp_btf'], others: ['raw_tracepoint'], list: rawTracepointProbes },
  {
    usual: ['fentry'],
    others: ['fexit', 'fsession', 'fmod_ret', 'fentry.multi', 'fexit.multi', 'fsession.multi'],
    list: tracedFunctionProbes,
  },
  {
    usual: ['kprobe'],
    others: ['kretprobe', 'kprobe.multi', 'kretprobe.multi', 'kprobe.session', 'ksyscall', 'kretsyscall'],
    list: functionProbes,
  },
  { usual: ['lsm'], others: ['lsm_cgroup'], list: lsmProbes },
  { usual: ['iter'], others: [], list: iteratorProbes },
  { usual: ['struct_ops'], others: [], list: structOpsProbes },
  { usual: ['perf_event'], others: [], list: perfEventProbes },
]

/**
 * The places of a kernel that programs can be attached to, as far as their sections' names match: first those of the families
 * above, one after the other, then sections that name a kind of place alone, as `cgroup/connect4` and `xdp`. What cannot be listed is reported, and the
 * others are listed nevertheless.
 */
export function* listKernelProbes(
  pattern: ProbePattern,
  facts: ProbeFacts,
  report: ReportProblem,
): Generator<readonly Probe[]> {
  const knows = rememberedEnums(facts)
  for (const { usual, others, list } of families) {
    const named = others.filter((prefix) => prefix === pattern.prefix)
    for (const prefix of [...usual, ...named]) {
      const isWanted = pattern.within(prefix)
      if (isWanted === undefined || !isKnown(prefix, knows)) continue
      const probes: Probe[] = []
      const add: ProbeRequest['add'] = (section, describe) => probes.push({ section, describe })
      attempt(prefix, report, () => {
        list({ prefix, isWanted, facts, add, report })
      })
      yield probes
    }
  }
  yield plainSections(pattern, knows)
}

/** A family that cannot be listed to its end costs the rest of itself. */
function attempt(prefix: string, report: ReportProblem, list: () => void): void {
  try {
    list()
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    report({ prefix, error, instead: undefined })
  }
}

/** Whether the kernel has a type of programs or of attaching; where its types do not tell it is taken to. */
type KnowsType = (enumName: 'bpf_prog_type' | 'bpf_attach_type', name: string) => boolean

function rememberedEnums({ types }: ProbeFacts): KnowsType {
  const known = new Map<string, ReadonlySet<string> | undefined>()
  return (enumName, name) => {
    if (!known.has(enumName)) known.set(enumName, attemptEnum(types, enumName))
    return known.get(enumName)?.has(name) ?? true
  }
}

function attemptEnum(types: ProbeFacts['types'], enumName: string): ReadonlySet<string> | undefined {
  try {
    return enumeratorsOf(types().vmlinux, enumName)
  } catch (error) {
    if (error instanceof BpfError) return undefined
    throw error
  }
}

function isKnown(prefix: string, knows: KnowsType): boolean {
  const definition = sectionDefinitions.find((each) => each.prefix === prefix)
  return definition !== undefined && isThere(definition, knows)
}

function isThere({ programType, attachType, traits }: SectionDefinition, knows: KnowsType): boolean {
  if (!knows('bpf_prog_type', programType)) return false
  return (
    attachType === undefined ||
    traits.includes('attach-type-optional') ||
    knows('bpf_attach_type', attachType)
  )
}

/** Sections whose names have no part that names a place; `syscall` has none, and `perf_event` is a family. */
const plain = sectionDefinitions.filter(
  ({ suffix, prefix }) => suffix === 'none' && prefix !== 'syscall' && prefix !== 'perf_event',
)

function plainSections({ matches }: ProbePattern, knows: KnowsType): readonly Probe[] {
  return plain
    .filter((definition) => matches(definition.prefix) && isThere(definition, knows))
    .map(({ prefix: section }) => ({ section, describe: describeNothing }))
}

function perfEventProbes({ prefix, isWanted, facts, add }: ProbeRequest): void {
  for (const name of facts.perfEvents()) {
    if (isWanted(name)) add(`${prefix}/${name}`, describeNothing)
  }
}

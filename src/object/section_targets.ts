import type { AttachTarget } from './attach_target.ts'
import { readKprobe, readKprobeMulti, readKsyscall, readTracingMulti } from './kernel_probe_targets.ts'
import type { AttachedTo, SectionDefinition } from './section_definitions.ts'
import { readUprobe, readUprobeMulti, readUsdt } from './user_probe_targets.ts'

/** The line of the table that a name's prefix is in, and what follows the prefix and a slash. */
interface NamedPlace {
  readonly definition: SectionDefinition
  /** undefined where nothing follows. */
  readonly suffix: string | undefined
}

type ReadTarget = (place: NamedPlace) => AttachTarget

const NO_TARGET: AttachTarget = { kind: 'none' }

/** How the part behind the slash is read, by what it names. */
const readers: Readonly<Record<AttachedTo, ReadTarget>> = {
  kprobe: named(readKprobe),
  'kprobe.multi': named(readKprobeMulti),
  ksyscall: named(readKsyscall),
  uprobe: named(readUprobe),
  'uprobe.multi': named(readUprobeMulti),
  usdt: named(readUsdt),
  tracepoint: named(readTracepoint),
  'raw tracepoint': named((_, name) => ({ kind: 'raw_tracepoint', name })),
  trace: readTracing,
  'trace.multi': named(readTracingMulti),
  lsm: readTracing,
  iter: named(readIterator),
}

/**
 * What the name of a program's section says of the place that the program is attached to.
 *
 * @param suffix What follows the prefix and a slash; undefined where nothing does.
 */
export function targetOfSection(definition: SectionDefinition, suffix: string | undefined): AttachTarget {
  if (definition.attachedTo === undefined) return NO_TARGET
  return readers[definition.attachedTo]({ definition, suffix })
}

/** For those whose names say nothing where nothing follows the prefix. */
function named(read: (definition: SectionDefinition, suffix: string) => AttachTarget): ReadTarget {
  return ({ definition, suffix }) => (suffix === undefined ? NO_TARGET : read(definition, suffix))
}

function readTracepoint(definition: SectionDefinition, suffix: string): AttachTarget {
  const [category = '', name = '', ...rest] = suffix.split('/')
  if (category === '' || name === '' || rest.length > 0) {
    return { kind: 'unsupported', why: `it has not the form ${definition.prefix}/CATEGORY/NAME` }
  }
  return { kind: 'tracepoint', category, name }
}

/** What follows the prefix is looked up when the program is loaded, and so is what the load option `targets` says instead. */
function readTracing({ definition }: NamedPlace): AttachTarget {
  return { kind: definition.programType === 'BPF_PROG_TYPE_EXT' ? 'freplace' : 'tracing' }
}

/** Iterators whose parameters no name says: the map, the order of cgroups. */
const NEEDS_PARAMETERS: ReadonlySet<string> = new Set(['bpf_map_elem', 'bpf_sk_storage_map', 'cgroup'])

function readIterator(_: SectionDefinition, suffix: string): AttachTarget {
  return NEEDS_PARAMETERS.has(suffix) ? NO_TARGET : { kind: 'iter' }
}

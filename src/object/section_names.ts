/**
 * What the name of a program's section says: the program type, the flags that it is loaded with, and what it is attached
 * to. The names are those that libbpf documents (Documentation/bpf/libbpf/program_types.rst, Linux 6.18).
 */
export interface ProgramSection {
  /** The section's name as the object spells it, without a leading `?`. */
  readonly name: string
  /** Whether the program is loaded unless the caller says otherwise; a leading `?` turns it off. */
  readonly autoload: boolean
  readonly definition: SectionDefinition
  readonly attachTarget: AttachTarget
}

/** What a program is attached to, as far as its section's name tells. */
export type AttachTarget =
  | { readonly kind: 'tracepoint'; readonly category: string; readonly name: string }
  /** The name does not say where: the program is run, or attached by a call that does. */
  | { readonly kind: 'none' }

export interface SectionDefinition {
  /** What the section's name is, or starts with before a `/`. */
  readonly prefix: string
  /** A name of `enum bpf_prog_type`. */
  readonly programType:
    'BPF_PROG_TYPE_SOCKET_FILTER' | 'BPF_PROG_TYPE_TRACEPOINT' | 'BPF_PROG_TYPE_XDP' | 'BPF_PROG_TYPE_SYSCALL'
  /** `prog_flags` of BPF_PROG_LOAD, by their names in the uapi header. */
  readonly flags: readonly 'BPF_F_SLEEPABLE'[]
  /** What follows the prefix: nothing, `/` and something, or either. */
  readonly suffix: 'none' | 'required' | 'optional'
  /** Reads the part behind the `/`; undefined where it has not the form that the definition wants. */
  readonly target: (suffix: string) => AttachTarget | undefined
}

const NO_TARGET: AttachTarget = { kind: 'none' }

const noTarget = (): AttachTarget => NO_TARGET

function tracepointTarget(suffix: string): AttachTarget | undefined {
  const [category, name, ...rest] = suffix.split('/')
  if (category === undefined || category === '' || name === undefined || name === '' || rest.length > 0)
    return undefined
  return { kind: 'tracepoint', category, name }
}

/** The section names that are understood, most specific first where one is the start of another. */
export const sectionDefinitions: readonly SectionDefinition[] = [
  {
    prefix: 'socket',
    programType: 'BPF_PROG_TYPE_SOCKET_FILTER',
    flags: [],
    suffix: 'none',
    target: noTarget,
  },
  {
    prefix: 'tracepoint',
    programType: 'BPF_PROG_TYPE_TRACEPOINT',
    flags: [],
    suffix: 'required',
    target: tracepointTarget,
  },
  {
    prefix: 'tp',
    programType: 'BPF_PROG_TYPE_TRACEPOINT',
    flags: [],
    suffix: 'required',
    target: tracepointTarget,
  },
  { prefix: 'xdp', programType: 'BPF_PROG_TYPE_XDP', flags: [], suffix: 'none', target: noTarget },
  {
    prefix: 'syscall',
    programType: 'BPF_PROG_TYPE_SYSCALL',
    flags: ['BPF_F_SLEEPABLE'],
    suffix: 'none',
    target: noTarget,
  },
]

/** What a section's name says, or why it says nothing. */
export type SectionNameResult =
  | { readonly kind: 'known'; readonly section: ProgramSection }
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Reads the name of a program's section. An unknown name is a value and no error: it costs the programs of that section,
 * and the rest of the object stays usable.
 */
export function readSectionName(sectionName: string): SectionNameResult {
  const autoload = !sectionName.startsWith('?')
  const name = autoload ? sectionName : sectionName.slice(1)
  const slash = name.indexOf('/')
  const prefix = slash === -1 ? name : name.slice(0, slash)
  const definition = sectionDefinitions.find((candidate) => candidate.prefix === prefix)
  if (definition === undefined) {
    const known = sectionDefinitions.map((candidate) => candidate.prefix).join(', ')
    return { kind: 'unknown', reason: `section name '${sectionName}' is not known; known are ${known}` }
  }
  const attachTarget = targetOf(definition, slash === -1 ? undefined : name.slice(slash + 1))
  if (attachTarget === undefined) {
    return {
      kind: 'unknown',
      reason: `section name '${sectionName}' has not the form that ${prefix} sections have`,
    }
  }
  return { kind: 'known', section: { name, autoload, definition, attachTarget } }
}

function targetOf(definition: SectionDefinition, suffix: string | undefined): AttachTarget | undefined {
  if (suffix === undefined) return definition.suffix === 'required' ? undefined : NO_TARGET
  return definition.suffix === 'none' ? undefined : definition.target(suffix)
}

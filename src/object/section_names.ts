import type { AttachTarget } from './attach_target.ts'
import { closestNames } from './closest_names.ts'
import type { SectionDefinition } from './section_definitions.ts'
import { sectionDefinitions } from './section_definitions.ts'
import { targetOfSection } from './section_targets.ts'

/**
 * What the name of a program's section says: the program type, how it is loaded, and what it is attached to.
 */
export interface ProgramSection {
  /** The section's name as the object spells it, without a leading `?`. */
  readonly name: string
  /** Whether the program is loaded unless the caller says otherwise; a leading `?` turns it off. */
  readonly autoload: boolean
  readonly definition: SectionDefinition
  /** What follows the prefix and a `/`: `do_exit` of `kprobe/do_exit`; undefined where nothing does. */
  readonly suffix: string | undefined
  /** What a program is attached to, as far as its section's name tells. */
  readonly attachTarget: AttachTarget
}

/** What a section's name says, or why it says nothing. */
export type SectionNameResult = { readonly kind: 'known'; readonly section: ProgramSection } | UnknownSection

/** A name that says nothing. Most of those are never complained about: functions that are called may be anywhere. */
class UnknownSection {
  readonly kind = 'unknown'
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** Says so, and which names may have been meant. */
  get reason(): string {
    return unknownName(this.name)
  }
}

/**
 * Reads the name of a program's section. An unknown name is a value and no error: it costs the programs of that section,
 * and the rest of the object stays usable.
 *
 * libbpf takes names that are a prefix of the table, with a `/` and more only where its line says so. cilium/ebpf takes
 * whatever starts with one of the other prefixes, such as `xdp_pass` or `socket/filter`; so does this, where no line fits
 * exactly.
 */
export function readSectionName(sectionName: string): SectionNameResult {
  const autoload = !sectionName.startsWith('?')
  const name = autoload ? sectionName : sectionName.slice(1)
  const definition =
    sectionDefinitions.find((each) => fits(each, name)) ??
    sectionDefinitions.find((each) => begins(each, name))
  if (definition === undefined) return new UnknownSection(name)
  const suffix =
    definition.suffix === 'none' ? undefined : name.slice(definition.prefix.length + 1) || undefined
  const attachTarget = targetOfSection(definition, suffix)
  return { kind: 'known', section: { name, autoload, definition, suffix, attachTarget } }
}

function fits({ prefix, suffix }: SectionDefinition, name: string): boolean {
  return name === prefix || (suffix === 'optional' && name.startsWith(`${prefix}/`))
}

function begins({ prefix, suffix }: SectionDefinition, name: string): boolean {
  return suffix === 'none' && name.startsWith(prefix)
}

/** What prefixes start with: each family of them once. */
const families: readonly string[] = [
  ...new Set(sectionDefinitions.map(({ prefix }) => prefix.replace(/[./].*/, ''))),
]

/** A prefix that more may follow is compared with what is written before the first slash, another with all of it. */
function unknownName(name: string): string {
  const slash = name.indexOf('/')
  const start = slash === -1 ? name : name.slice(0, slash)
  const rest = name.slice(start.length)
  const meant = closestNames(
    sectionDefinitions.map(({ prefix: known, suffix }) =>
      suffix === 'optional'
        ? { written: start, known, name: `${known}${rest}` }
        : { written: name, known, name: known },
    ),
  )
  const hint =
    meant.length > 0
      ? `did you mean ${meant.map((each) => `'${each}'`).join(' or ')}?`
      : `names start with ${families.join(', ')}`
  return `section name '${name}' is not known; ${hint}`
}

import type { AttachTarget } from './attach_target.ts'
import type { AttachedTo, SectionDefinition } from './section_definitions.ts'

/** What follows a prefix and its slash, and the line of the table that the prefix is in. */
interface NamedPlace {
  readonly definition: SectionDefinition
  readonly suffix: string
}

type ReadTarget = (place: NamedPlace) => AttachTarget

const NO_TARGET: AttachTarget = { kind: 'none' }

/** How the part behind the slash is read, by what it names. */
const readers: Readonly<Record<AttachedTo, ReadTarget>> = {
  kprobe: notYet,
  'kprobe.multi': notYet,
  ksyscall: notYet,
  uprobe: notYet,
  'uprobe.multi': notYet,
  usdt: notYet,
  tracepoint: readTracepoint,
  'raw tracepoint': notYet,
  trace: notYet,
  lsm: notYet,
  iter: notYet,
}

/**
 * What the name of a program's section says of the place that the program is attached to.
 *
 * @param suffix What follows the prefix and a slash; undefined where nothing does.
 */
export function targetOfSection(definition: SectionDefinition, suffix: string | undefined): AttachTarget {
  if (definition.attachedTo === undefined || suffix === undefined) return NO_TARGET
  return readers[definition.attachedTo]({ definition, suffix })
}

function readTracepoint({ definition, suffix }: NamedPlace): AttachTarget {
  const [category = '', name = '', ...rest] = suffix.split('/')
  if (category === '' || name === '' || rest.length > 0) {
    return { kind: 'unsupported', why: `it has not the form ${definition.prefix}/CATEGORY/NAME` }
  }
  return { kind: 'tracepoint', category, name }
}

function notYet({ definition }: NamedPlace): AttachTarget {
  return { kind: 'unsupported', why: `${definition.prefix} programs cannot be attached yet` }
}

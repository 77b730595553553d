import type { CoreAccess, Explanation } from '../explanation.ts'
import type { ProgramReport } from '../program_report.ts'
import { relocationTitle } from './relocation_words.ts'
import { lineKey } from './listing.ts'
import type { PageModel } from './page_model.ts'
import type { View } from './view.ts'

/** Something that can be found. */
export interface SearchEntry {
  /** What it is, e.g. `map`. */
  readonly kind: string
  readonly title: string
  /** Where it is, and what else can be searched for. */
  readonly detail: string
  readonly view: View
  /** Title and detail in lower case: what is searched. */
  readonly haystack: string
}

export interface SearchResult {
  /** The best ones. */
  readonly entries: readonly SearchEntry[]
  /** How many there are. */
  readonly total: number
}

/** As many as somebody looks through. */
const SHOWN = 50

/**
 * The entries that have every word of the query. Those whose title is the query come first, then those whose title begins
 * with it or has it, then others; within these, names come before lines and instructions, as in the index.
 */
export function search(index: readonly SearchEntry[], query: string): SearchResult {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return { entries: [], total: 0 }
  const words = wanted.split(/\s+/)
  const ranks: SearchEntry[][] = [[], [], [], []]
  let total = 0
  for (const entry of index) {
    if (!words.every((word) => entry.haystack.includes(word))) continue
    total++
    ranks[rankOf(entry, wanted)]?.push(entry)
  }
  return { entries: ranks.flat().slice(0, SHOWN), total }
}

function rankOf({ title }: SearchEntry, wanted: string): number {
  const lower = title.toLowerCase()
  if (lower === wanted) return 0
  if (lower.startsWith(wanted)) return 1
  return lower.includes(wanted) ? 2 : 3
}

/** Everything in an explanation that has a name or a text. */
export function searchIndex(model: PageModel): readonly SearchEntry[] {
  const { explanation, programs } = model
  return [
    ...programEntries(explanation),
    ...mapEntries(explanation),
    ...explanation.chapters.file.sections.map(({ index, name, role }) =>
      entry('section', name, role, { chapter: 'file', item: String(index) }),
    ),
    ...syscallEntries(explanation),
    ...accessEntries(explanation),
    ...memberEntries(model),
    ...programs.flatMap(lineEntries),
    ...programs.flatMap(insnEntries),
  ]
}

function entry(kind: string, title: string, detail: string, view: View): SearchEntry {
  return { kind, title, detail, view, haystack: `${title}\n${detail}`.toLowerCase() }
}

function programEntries({ chapters }: Explanation): readonly SearchEntry[] {
  return chapters.programs.programs.flatMap(({ name, section, type, functions }) => [
    entry('program', name, `${section} ${type ?? ''}`, { chapter: 'programs', item: name }),
    ...functions.slice(1).map((fn) =>
      entry('function', fn.name, `in ${name}, at ${fn.start}`, {
        chapter: 'relocations',
        program: name,
        insn: fn.start,
      }),
    ),
  ])
}

function mapEntries({ chapters: { maps: chapter } }: Explanation): readonly SearchEntry[] {
  const { maps, variables, externs } = chapter
  return [
    ...maps.map(({ name, type }) => entry('map', name, type, { chapter: 'maps', item: name })),
    ...variables.map(({ name, section, declaration }) =>
      entry('variable', name, `${section} ${declaration}`, { chapter: 'maps', item: name }),
    ),
    ...externs.map(({ name, sort, declaration }) =>
      entry('extern', name, `${sort} ${declaration}`, { chapter: 'maps', item: name }),
    ),
  ]
}

function syscallEntries({ chapters }: Explanation): readonly SearchEntry[] {
  return chapters.syscalls.syscalls.map(({ number, purpose, syscall, command, result }) =>
    entry('system call', command ?? syscall, `${number}: ${purpose} = ${result}`, {
      chapter: 'syscalls',
      item: String(number),
    }),
  )
}

function accessEntries({ chapters }: Explanation): readonly SearchEntry[] {
  return chapters.core.accesses.map(({ expression, kind, subject, outcome }, index) =>
    entry('CO-RE access', expression, `${kind} of ${subject}, ${outcome}`, {
      chapter: 'core',
      access: index + 1,
    }),
  )
}

/** The members of structs, each once, with an access that shows the struct. */
function memberEntries({ explanation, types }: PageModel): readonly SearchEntry[] {
  const shownBy = new Map<string, number>()
  explanation.chapters.core.accesses.forEach((access, index) => {
    for (const key of typeKeys(access)) if (!shownBy.has(key)) shownBy.set(key, index + 1)
  })
  return [...shownBy].flatMap(([key, access]) => {
    const type = types.get(key)
    if (type === undefined) return []
    return type.members.flatMap(({ name, declaration }, member) =>
      name === ''
        ? []
        : [
            entry('member', name, `${declaration} in ${type.name} of ${type.btf}`, {
              chapter: 'core',
              access,
              member,
              item: key,
            }),
          ],
    )
  })
}

function typeKeys({ local, candidates }: CoreAccess): readonly string[] {
  return [local.type, ...candidates.map(({ place }) => place.type)].filter((key) => key !== undefined)
}

function lineEntries(program: ProgramReport): readonly SearchEntry[] {
  const seen = new Set<string>()
  return program.insns.flatMap(({ insn, source }) => {
    if (source === undefined || source.text === '' || seen.has(lineKey(source))) return []
    seen.add(lineKey(source))
    const view = { chapter: 'relocations', program: program.name, insn, pick: 'line' } as const
    return [entry('C line', source.text, `${lineKey(source)}, ${program.name}`, view)]
  })
}

function insnEntries(program: ProgramReport): readonly SearchEntry[] {
  return program.insns.map(({ insn, after, relocations }) => {
    const why = relocations.map((relocation) => ` (${relocationTitle(relocation)})`).join('')
    const view = { chapter: 'relocations', program: program.name, insn } as const
    return entry('instruction', after.text, `${insn} of ${program.name}${why}`, view)
  })
}

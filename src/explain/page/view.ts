import type { ChapterName } from '../explanation.ts'
import { chapters } from '../teaching.ts'

/** What the page shows: all of it is in the part of the address behind `#`, so that a copied address shows the same. */
export interface View {
  readonly chapter: ChapterName
  readonly program?: string
  /** An instruction of the program, in slots. */
  readonly insn?: number
  /** Which row before that instruction is meant: its C line's, or the one where its function begins. */
  readonly pick?: 'line' | 'function'
  /** A CO-RE access, from 1. */
  readonly access?: number
  /** A member of that access's struct, by position: the one to look at instead of the accessed. */
  readonly member?: number
  /** An entry of the verifier's walk, from 0. */
  readonly step?: number
  /** A row of a table: a section's index, a map's, variable's, extern's or program's name, a system call's number. */
  readonly item?: string
}

const picks = ['line', 'function'] as const

const names = new Map<string, ChapterName>(chapters.map(({ name }) => [name, name]))

/** The view that an address's fragment asks for; what it does not say, or says wrong, is left out. */
export function parseView(fragment: string): View {
  const words = new URLSearchParams(fragment.replace(/^#/, ''))
  const text = (name: string): string | undefined => words.get(name) ?? undefined
  const number = (name: string): number | undefined => {
    const value = words.get(name) ?? ''
    return /^\d{1,9}$/.test(value) ? Number(value) : undefined
  }
  const program = text('program')
  return withoutUndefined({
    chapter: names.get(words.get('chapter') ?? '') ?? (program === undefined ? 'file' : 'relocations'),
    program,
    insn: number('insn'),
    pick: picks.find((pick) => pick === words.get('pick')),
    access: number('access'),
    member: number('member'),
    step: number('step'),
    item: text('item'),
  })
}

/** The fragment of a view, with its `#`. */
export function formatView({ chapter, ...rest }: View): string {
  const words = new URLSearchParams()
  if (chapter !== 'relocations' || rest.program === undefined) words.set('chapter', chapter)
  const { program, insn, pick, access, member, step, item } = rest
  for (const [name, value] of Object.entries({ program, insn, pick, access, member, step, item })) {
    if (value !== undefined) words.set(name, String(value))
  }
  return `#${words.toString()}`
}

type Loose = { readonly [Key in keyof View]: View[Key] | undefined } & { readonly chapter: ChapterName }

function withoutUndefined({ chapter, program, insn, pick, access, member, step, item }: Loose): View {
  return {
    chapter,
    ...(program === undefined ? {} : { program }),
    ...(insn === undefined ? {} : { insn }),
    ...(pick === undefined ? {} : { pick }),
    ...(access === undefined ? {} : { access }),
    ...(member === undefined ? {} : { member }),
    ...(step === undefined ? {} : { step }),
    ...(item === undefined ? {} : { item }),
  }
}

import type { ElfImage } from '../elf/image.ts'
import { functionNames } from '../executable/match_functions.ts'
import { readUsdtArguments, type UsdtArgument } from '../executable/usdt_arguments.ts'
import { type UsdtNote, usdtNotes } from '../executable/usdt_notes.ts'
import { sectionDefinitions } from '../object/section_definitions.ts'
import { matcherOf, type ProbePattern } from './pattern.ts'
import { describeNothing, type Probe, type ProbeArgument, type ProbeDescription } from './probe.ts'
import { ProbesError } from './probes_error.ts'

/** Of a pattern for places in user space: which places, and of which program or library. */
export interface UserPattern {
  /** `uprobe`, `usdt` or one of their variants. */
  readonly prefix: string
  readonly places: 'functions' | 'usdt'
  /** A path or a name. */
  readonly executable: string
  /** For what stands behind that and a colon. */
  readonly glob: string
}

/** A program or library that is looked at. */
export interface ListedExecutable {
  readonly path: string
  readonly image: ElfImage
  readonly debugImage: () => ElfImage | undefined
}

/** Sections whose programs are attached in user space. */
const userSections: ReadonlyMap<string, UserPattern['places']> = new Map(
  sectionDefinitions.flatMap(({ prefix, attachedTo }): [string, UserPattern['places']][] => {
    if (attachedTo === 'usdt') return [[prefix, 'usdt']]
    return attachedTo === 'uprobe' || attachedTo === 'uprobe.multi' ? [[prefix, 'functions']] : []
  }),
)

/**
 * Takes `uprobe//usr/bin/bash:read*` and `usdt/python3:*:line` apart, at the first colon as names of sections are. Without one
 * everything in the file is meant, and with a provider alone every probe of it.
 *
 * @returns undefined for patterns of other places
 * @throws ProbesError 'PROBES_NO_EXECUTABLE'
 */
export function readUserPattern(pattern: ProbePattern): UserPattern | undefined {
  const { prefix = '', rest, text } = pattern
  const places = userSections.get(prefix)
  if (places === undefined) return undefined
  const [executable = '', ...names] = rest.split(':')
  if (executable === '' || /[*?]/.test(executable)) {
    throw new ProbesError(
      'PROBES_NO_EXECUTABLE',
      `cannot list what matches ${text}: it has to name one program or library, without wildcards, as ` +
        `${prefix}//usr/bin/bash:*read* or ${prefix}/libc.so.6:${places === 'usdt' ? '*' : 'malloc'} do`,
    )
  }
  const wanted = names.length === 0 ? ['*'] : names
  const glob = (places === 'usdt' && wanted.length === 1 ? [...wanted, '*'] : wanted).join(':')
  return { prefix, places, executable, glob }
}

/**
 * The functions or the USDT probes of a program or library that match.
 *
 * @throws ElfError; ExecutableError 'EXECUTABLE_BAD_USDT'
 */
export function listUserProbes(pattern: UserPattern, file: ListedExecutable): readonly Probe[] {
  return pattern.places === 'functions' ? functionsOf(pattern, file) : usdtOf(pattern, file)
}

function functionsOf({ prefix, glob }: UserPattern, file: ListedExecutable): readonly Probe[] {
  const names = [...functionNames(file.image, file.debugImage)].filter(matcherOf(glob))
  return names.map((name) => ({ section: `${prefix}/${file.path}:${name}`, describe: describeNothing }))
}

/** A probe that was inlined is at several places, and is listed once. */
function usdtOf({ prefix, glob }: UserPattern, { path, image }: ListedExecutable): readonly Probe[] {
  const isWanted = matcherOf(glob)
  const places = new Map<string, UsdtNote[]>()
  for (const note of usdtNotes(image)) {
    const name = `${note.provider}:${note.name}`
    if (!isWanted(name)) continue
    const known = places.get(name)
    if (known === undefined) places.set(name, [note])
    else known.push(note)
  }
  return [...places].map(([name, notes]) => ({
    section: `${prefix}/${path}:${name}`,
    describe: () => describeUsdt(notes, image.machine),
  }))
}

/** Types are the same at every place of a probe; where an argument is differs, and all of it is told. */
function describeUsdt(notes: readonly UsdtNote[], machine: number): ProbeDescription {
  const written = notes.map((note) => splitArguments(note.arguments))
  const first = written[0] ?? []
  return {
    arguments: first.map((text, index): ProbeArgument => {
      const places = new Set(written.map((each) => placeOf(each[index] ?? '')))
      const name = `arg${index}`
      const type = typeOf(text, machine)
      return { name, type, declaration: `${type} ${name}`, place: [...places].join(' or ') }
    }),
  }
}

/** Places may have spaces in them, as `8@[sp, 96]`: an argument begins with its size. */
const splitArguments = (text: string): readonly string[] =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .split(/ (?=[+-]?\d{1,2}@)/)
    .filter((part) => part !== '')

const placeOf = (argument: string): string => argument.slice(argument.indexOf('@') + 1)

/** As bpf_usdt_arg() gives it: an integer of the size that is written in front of the place. */
function typeOf(argument: string, machine: number): string {
  const read = readUsdtArguments(argument, machine)
  const first: UsdtArgument | undefined = 'kind' in read ? undefined : read[0]
  if (first === undefined) return 'unknown'
  return `${first.isSigned ? 's' : 'u'}${first.size * 8}`
}

import type { GlobalVariable } from './globals.ts'

/** What the variables of an object are called by. */
export interface VariableNames {
  /** One name for each variable: the shortest that no other has. */
  readonly shortest: ReadonlyMap<string, GlobalVariable>
  /** Longer names, which variables have as well. */
  readonly longer: ReadonlyMap<string, GlobalVariable>
  /** Names that several variables have, with the shortest name of each. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>
}

/**
 * Static variables of several source files, or of several functions, may have the same name, once the files were linked to
 * one object. So a variable has up to three names:
 *
 * - `count`, the plain one: a global variable's own; a static one's where no other variable is called the same
 * - `.bss/count`, with its section
 * - `.bss/count@16`, with its section and its place there, in bytes
 */
export function nameVariables(variables: readonly GlobalVariable[]): VariableNames {
  const bearers = [
    plainBearers(variables),
    bearersOf(variables, withSection),
    bearersOf(variables, withPlace),
  ]
  const shortest = new Map<string, GlobalVariable>()
  const shortestOf = new Map<GlobalVariable, string>()
  for (const variable of variables) {
    const names = [variable.name, withSection(variable), withPlace(variable)]
    const name =
      names.find((each, level) => isAlone(bearers[level]?.get(each), variable)) ?? withPlace(variable)
    shortest.set(name, variable)
    shortestOf.set(variable, name)
  }
  const longer = new Map<string, GlobalVariable>()
  const ambiguous = new Map<string, readonly string[]>()
  for (const [name, those] of bearers.flatMap((level) => [...level])) {
    const [only] = those
    if (those.length === 1 && only !== undefined) longer.set(name, only)
    else
      ambiguous.set(
        name,
        those.map((each) => shortestOf.get(each) ?? withPlace(each)),
      )
  }
  return { shortest, longer, ambiguous }
}

type Bearers = ReadonlyMap<string, readonly GlobalVariable[]>

/** A global variable has its name for itself: it is the one that other source files mean by it. */
function plainBearers(variables: readonly GlobalVariable[]): Bearers {
  const all = bearersOf(variables, ({ name }) => name)
  return new Map(
    [...all].map(([name, those]) => {
      const globals = those.filter(({ linkage }) => linkage === 'global')
      return [name, globals.length > 0 ? globals : those]
    }),
  )
}

function bearersOf(
  variables: readonly GlobalVariable[],
  nameOf: (variable: GlobalVariable) => string,
): Bearers {
  const bearers = new Map<string, GlobalVariable[]>()
  for (const variable of variables) {
    const name = nameOf(variable)
    const those = bearers.get(name)
    if (those === undefined) bearers.set(name, [variable])
    else those.push(variable)
  }
  return bearers
}

function isAlone(bearers: readonly GlobalVariable[] | undefined, variable: GlobalVariable): boolean {
  return bearers?.length === 1 && bearers[0] === variable
}

function withSection({ sectionName, name }: GlobalVariable): string {
  return `${sectionName}/${name}`
}

function withPlace(variable: GlobalVariable): string {
  return `${withSection(variable)}@${variable.offset}`
}

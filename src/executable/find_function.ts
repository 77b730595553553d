import { STB_WEAK } from '../elf/constants.ts'
import type { FunctionSymbol, FunctionSymbols } from '../elf/function_symbols.ts'
import type { ElfImage } from '../elf/image.ts'
import { closestNames } from '../object/closest_names.ts'
import { ExecutableError } from './executable_error.ts'

/** What a function is called: `pthread_create`, `pthread_create@GLIBC_2.1` or `pthread_create@@GLIBC_2.34`. */
interface WantedFunction {
  /** As it was asked for. */
  readonly text: string
  readonly name: string
  /** It makes no difference whether one `@` or two are written in front of it. */
  readonly version: string | undefined
}

/**
 * Finds a function by name: among the dynamic symbols, then among all symbols, then in the file of debugging information.
 *
 * Without a version, it is the function that the dynamic linker would take, the one with the default version (`@@`); where
 * there are old versions alone (`@`), one of those. Of several symbols at different addresses, weak ones give way; more than
 * one that is not weak is an error (`elf_find_func_offset` in libbpf's src/elf.c, which knows no default version).
 *
 * @param debugImage Gives the debugging information, if there is some; asked where the file itself does not have the function.
 * @throws ExecutableError 'EXECUTABLE_NO_FUNCTION', which names close ones, 'EXECUTABLE_AMBIGUOUS_FUNCTION',
 *   'EXECUTABLE_STRIPPED'; ElfError for malformed symbol tables
 */
export function findFunction(
  image: ElfImage,
  text: string,
  debugImage: () => ElfImage | undefined = () => undefined,
): FunctionSymbol {
  const wanted = readWanted(text)
  const searched: FunctionSymbols[] = []
  for (const table of tablesOf(image, debugImage)) {
    searched.push(table)
    const found = choose(image, wanted, candidatesIn(table, wanted))
    if (found !== undefined) return found
  }
  throw notFound(image, wanted, searched)
}

/** In the order in which they are looked through. What comes last costs most, so it is fetched if nothing before it helped. */
function* tablesOf(
  image: ElfImage,
  debugImage: () => ElfImage | undefined,
): Generator<FunctionSymbols, void> {
  const dynamic = image.functions('dynamic')
  if (dynamic !== undefined) yield dynamic
  const all = image.functions('static') ?? debugImage()?.functions('static')
  if (all !== undefined) yield all
}

function readWanted(text: string): WantedFunction {
  const at = text.indexOf('@')
  if (at === -1) return { text, name: text, version: undefined }
  return { text, name: text.slice(0, at), version: text.slice(at).replace(/^@@?/, '') }
}

function candidatesIn(
  functions: FunctionSymbols,
  { name, version }: WantedFunction,
): readonly FunctionSymbol[] {
  const named = name === '' ? [] : functions.named(name)
  return version === undefined ? named : named.filter((each) => versionOf(each).name === version)
}

/** Of a dynamic symbol it is in a table of its own, of others a part of the name. */
function versionOf({ name, version }: FunctionSymbol): { name?: string; visibility: 'default' | 'hidden' } {
  if (version !== undefined) return version
  const [, at, suffix] = /(@@?)(.*)$/.exec(name) ?? []
  if (suffix === undefined) return { visibility: 'default' }
  return { name: suffix, visibility: at === '@' ? 'hidden' : 'default' }
}

function choose(
  image: ElfImage,
  wanted: WantedFunction,
  candidates: readonly FunctionSymbol[],
): FunctionSymbol | undefined {
  const current = candidates.filter((each) => versionOf(each).visibility === 'default')
  const eligible = current.length > 0 ? current : candidates
  const strong = eligible.filter(({ binding }) => binding !== STB_WEAK)
  const addresses = new Set(strong.map(({ address }) => address))
  if (addresses.size > 1) throw ambiguous(image, wanted, strong)
  return strong[0] ?? eligible[0]
}

function ambiguous(
  { name: object }: ElfImage,
  { text }: WantedFunction,
  found: readonly FunctionSymbol[],
): ExecutableError {
  const places = found.slice(0, MAX_PLACES).map((each) => {
    const { name: version } = versionOf(each)
    const label = version === undefined || each.name.includes('@') ? each.name : `${each.name}@${version}`
    return `${label} at 0x${each.address.toString(16)}`
  })
  const more = found.length > MAX_PLACES ? ` and ${found.length - MAX_PLACES} more` : ''
  return new ExecutableError(
    'EXECUTABLE_AMBIGUOUS_FUNCTION',
    `several functions are called ${text}: ${places.join(', ')}${more}; name a version, or probe an offset of the file ` +
      'without naming a function',
    { object },
  )
}

const MAX_PLACES = 4

function notFound(
  image: ElfImage,
  { text, name }: WantedFunction,
  searched: readonly FunctionSymbols[],
): ExecutableError {
  const object = image.name
  if (searched.some((table) => table.hasIndirect(name))) {
    return new ExecutableError(
      'EXECUTABLE_NO_FUNCTION',
      `${name} is no function but an IFUNC: the program chooses one of several functions when it starts; name one of these ` +
        `(readelf -Ws shows what their names are made of, often ${name}_avx2 and the like)`,
      { object },
    )
  }
  const names = searched.flatMap((table) => table.names())
  const hint = suggestion(name, names)
  const isStripped = searched.length < 2 && image.functions('static') === undefined
  if (!isStripped) {
    return new ExecutableError('EXECUTABLE_NO_FUNCTION', `there is no function ${text}${hint}`, { object })
  }
  const dynamic =
    names.length === 0
      ? 'it has no symbols'
      : `it is not among the ${names.length} dynamic symbols that are left`
  return new ExecutableError(
    'EXECUTABLE_STRIPPED',
    `function ${text} was not found: the file was stripped, and ${dynamic}${hint}; install its debugging symbols, or probe ` +
      'an offset of the file without naming a function',
    { object },
  )
}

function suggestion(written: string, names: readonly string[]): string {
  const known = new Set(names.map((name) => name.replace(/@.*/, '')))
  const meant = closestNames([...known].map((name) => ({ written, known: name, name })))
  return meant.length === 0 ? '' : `; did you mean ${meant.join(' or ')}?`
}

import { matchesGlob } from '../base/glob.ts'
import type { FunctionSymbol } from '../elf/function_symbols.ts'
import type { ElfImage } from '../elf/image.ts'
import { ExecutableError } from './executable_error.ts'

/**
 * The functions whose names match a pattern with `*` and `?`: those of `.symtab`, or the dynamic ones where none of those does
 * (`elf_resolve_pattern_offsets` in libbpf's src/elf.c). A function that has several names is there once.
 *
 * @param debugImage Gives the debugging information, if there is some; asked where the file has no `.symtab`.
 * @throws ExecutableError 'EXECUTABLE_NO_FUNCTION'; ElfError for malformed symbol tables
 */
export function matchFunctions(
  image: ElfImage,
  pattern: string,
  debugImage: () => ElfImage | undefined = () => undefined,
): readonly FunctionSymbol[] {
  const isWanted = (name: string): boolean => matchesGlob(name, pattern)
  const all = image.functions('static') ?? debugImage()?.functions('static')
  const named = all?.filter(isWanted) ?? []
  const found = named.length > 0 ? named : (image.functions('dynamic')?.filter(isWanted) ?? [])
  if (found.length > 0) return [...new Map(found.map((each) => [each.address, each])).values()]
  const stripped = all === undefined ? ', of those that are left since the file was stripped' : ''
  throw new ExecutableError(
    'EXECUTABLE_NO_FUNCTION',
    `no function matches the pattern ${pattern}${stripped}`,
    { object: image.name },
  )
}

/**
 * The names of all functions, those with several names by each of them, in the order of the tables: those of `.symtab`, then those that
 * are dynamic alone. A name has its version behind it, `f@V1`, unless that is the one that is taken without naming one.
 *
 * @param debugImage As above.
 * @throws ElfError for malformed symbol tables
 */
export function functionNames(
  image: ElfImage,
  debugImage: () => ElfImage | undefined = () => undefined,
): ReadonlySet<string> {
  const all = image.functions('static') ?? debugImage()?.functions('static')
  const names = new Set((all?.names() ?? []).map(withoutDefaultVersion))
  for (const { name, version } of image.functions('dynamic')?.filter(() => true) ?? []) {
    names.add(version?.visibility === 'hidden' ? `${name}@${version.name}` : name)
  }
  names.delete('')
  return names
}

function withoutDefaultVersion(name: string): string {
  const at = name.indexOf('@@')
  return at === -1 ? name : name.slice(0, at)
}

import { BpfError } from '../base/errors.ts'
import { listOfNames } from '../base/list_of_names.ts'
import { typeId, type TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { TypeTable } from '../btf/type_table.ts'
import type { BtfKind } from '../btf/types.ts'
import { closestNames } from '../object/closest_names.ts'
import type { DumpFormat } from './dump_words.ts'

export type TypeChoiceErrorCode =
  /** No type has the name. */
  | 'NO_SUCH_TYPE'
  /** What has the name is nothing that C declares. */
  | 'NOT_IN_C'

/** A command is about types that there are not. */
export class TypeChoiceError extends BpfError {
  declare readonly code: TypeChoiceErrorCode

  constructor(code: TypeChoiceErrorCode, object: string, what: string) {
    super(code, `${object} ${what}`, { object })
  }
}

/** Which types somebody asks for. */
export interface WantedTypes {
  readonly names: readonly string[]
  readonly ids: readonly number[]
}

/**
 * The types of these names and ids; undefined where nothing is asked for, which is all of them.
 *
 * @throws TypeChoiceError; BtfError as `btf.kind` does
 */
export function typesToDump(
  btf: Btf,
  { names, ids }: WantedTypes,
  format: DumpFormat,
): readonly TypeId[] | undefined {
  if (names.length === 0 && ids.length === 0) return undefined
  for (const id of ids) btf.kind(typeId(id))
  const asked = names.map(parseName)
  const known = btf.idsByName(asked.map(({ name }) => name))
  const named = asked.flatMap(({ text, name, kinds }) => {
    const all = known.get(name) ?? []
    const found = all.filter((id) => kinds === undefined || kinds.includes(btf.kind(id)))
    if (found.length === 0) throw noSuchType(btf, name, text)
    return format === 'c' ? declared(btf, name, found) : found
  })
  return [...ids.map(typeId), ...named]
}

/** What C writes before names, and the kinds that it means. */
const keywords: ReadonlyMap<string, readonly BtfKind[]> = new Map([
  ['struct', ['struct']],
  ['union', ['union']],
  ['enum', ['enum', 'enum64']],
])

interface AskedName {
  readonly text: string
  readonly name: string
  readonly kinds: readonly BtfKind[] | undefined
}

/** `struct task_struct` is a struct of that name; a name alone is of any kind. */
function parseName(text: string): AskedName {
  const [, keyword = '', name = text] = /^(struct|union|enum)\s+(\S.*)$/.exec(text) ?? []
  return { text, name, kinds: keywords.get(keyword) }
}

/** What C has words for; the name of a tag or a section is none. */
function declared(btf: Btf, name: string, ids: readonly TypeId[]): readonly TypeId[] {
  const found = ids.filter((id) => !NOT_IN_C.includes(btf.kind(id)))
  if (found.length > 0) return found
  const kinds = listOfNames([...new Set(ids.map((id) => btf.kind(id)))])
  throw new TypeChoiceError('NOT_IN_C', btf.name, `has ${name} as ${kinds} only, which C does not declare`)
}

const NOT_IN_C: readonly BtfKind[] = ['datasec', 'decl_tag', 'type_tag']

function noSuchType(btf: Btf, name: string, asked: string): TypeChoiceError {
  if (btf.gap !== undefined) {
    const what = `has no type ${asked} among the ${btf.typeCount} that could be found: ${btf.gap.message}`
    return new TypeChoiceError('NO_SUCH_TYPE', btf.name, what)
  }
  const close = closestNames(allNames(btf).map((known) => ({ written: name, known, name: known })))
  const meant = close.length === 0 ? '' : `; did you mean ${close.join(' or ')}?`
  return new TypeChoiceError('NO_SUCH_TYPE', btf.name, `has no type ${asked}${meant}`)
}

function allNames(btf: Btf): readonly string[] {
  const table = new TypeTable(btf)
  const offsets = new Set<number>()
  for (let id = 1; id < table.end; id++) offsets.add(table.nameOffset(id))
  return [...offsets].flatMap((offset) => table.stringIfAny(offset) ?? [])
}

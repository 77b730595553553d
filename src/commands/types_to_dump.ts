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
  const known = btf.idsByName(names)
  const named = names.flatMap((name) => {
    const found = known.get(name) ?? []
    if (found.length === 0) throw noSuchType(btf, name)
    return format === 'c' ? declared(btf, name, found) : found
  })
  return [...ids.map(typeId), ...named]
}

/** What C has words for; the name of a tag or a section is none. */
function declared(btf: Btf, name: string, ids: readonly TypeId[]): readonly TypeId[] {
  const found = ids.filter((id) => !NOT_IN_C.includes(btf.kind(id)))
  if (found.length > 0) return found
  const kinds = listOfNames([...new Set(ids.map((id) => btf.kind(id)))])
  throw new TypeChoiceError('NOT_IN_C', btf.name, `has ${name} as ${kinds} only, which C does not declare`)
}

const NOT_IN_C: readonly BtfKind[] = ['datasec', 'decl_tag', 'type_tag']

function noSuchType(btf: Btf, name: string): TypeChoiceError {
  if (btf.gap !== undefined) {
    const what = `has no type ${name} among the ${btf.typeCount} that could be found: ${btf.gap.message}`
    return new TypeChoiceError('NO_SUCH_TYPE', btf.name, what)
  }
  const close = closestNames(allNames(btf).map((known) => ({ written: name, known, name: known })))
  const meant = close.length === 0 ? '' : `; did you mean ${close.join(' or ')}?`
  return new TypeChoiceError('NO_SUCH_TYPE', btf.name, `has no type ${name}${meant}`)
}

function allNames(btf: Btf): readonly string[] {
  const table = new TypeTable(btf)
  const offsets = new Set<number>()
  for (let id = 1; id < table.end; id++) offsets.add(table.nameOffset(id))
  return [...offsets].flatMap((offset) => table.stringIfAny(offset) ?? [])
}

import { typeId, type TypeId } from '../base/units.ts'
import { LINKAGES, TYPE_WORDS, vlenOf } from '../btf/format.ts'
import { type InputTypes, textOf } from './input_types.ts'
import { LinkerError } from './linker_error.ts'

/** What BTF says of a variable or a function that is visible outside of its object. */
export interface Declaration {
  readonly types: InputTypes
  /** Of the VAR or FUNC. */
  readonly id: TypeId
  readonly kind: 'var' | 'func'
  /** The variable's type, or the function's FUNC_PROTO. */
  readonly target: TypeId
  /** The DATASEC that lists it: its section, or for an extern what says where it is looked for (`.ksyms`). */
  readonly section: string | undefined
  /** Bytes, of a variable that a DATASEC lists; 0 for others. */
  readonly size: number
}

export type Declarations = ReadonlyMap<string, Declaration>

/** A DATASEC of an object. */
export interface InputDatasec {
  readonly name: string
  readonly variables: readonly { readonly type: TypeId; readonly offset: number; readonly size: number }[]
}

/** clang lists extern variables without a section there. It says nothing of them, and is not taken over. */
const EXTERN_SECTION = '.extern'

/** Words of a DATASEC's element: type, offset, size. */
const DATASEC_WORDS = 3

/** The object's DATASECs, in their order. */
export function readDatasecs(types: InputTypes): readonly InputDatasec[] {
  return types.btf
    .idsOfKind('datasec')
    .map((id) => ({
      name: textOf(types.nameOf(id)),
      variables: variablesOf(types.record(id)),
    }))
    .filter(({ name }) => name !== EXTERN_SECTION)
}

function variablesOf(record: Uint32Array): InputDatasec['variables'] {
  return Array.from({ length: vlenOf(record[1] ?? 0) }, (_, index) => {
    const at = TYPE_WORDS + index * DATASEC_WORDS
    return { type: typeId(record[at] ?? 0), offset: record[at + 1] ?? 0, size: record[at + 2] ?? 0 }
  })
}

/**
 * The variables and functions of an object that are global or extern, by name. Functions, and extern ones among them, are
 * in no DATASEC, unless they were given a section.
 *
 * @throws LinkerError LINK_BAD_TYPES for a linkage that is none
 */
export function readDeclarations(types: InputTypes, datasecs: readonly InputDatasec[]): Declarations {
  const declarations = new Map<string, Declaration>()
  const places = new Map(
    datasecs.flatMap(({ name, variables }) =>
      variables.map(({ type, size }) => [type, { section: name, size }] as const),
    ),
  )
  for (let number = 1; number <= types.count; number++) {
    const id = typeId(number)
    const kind = types.btf.kind(id)
    if (kind !== 'var' && kind !== 'func') continue
    if (linkageOf(types, id) === 'static') continue
    const name = textOf(types.nameOf(id))
    const known = declarations.get(name)
    const { section, size = 0 } = places.get(id) ?? {}
    // Of two declarations, the one in a DATASEC says more.
    if (known !== undefined && (known.section !== undefined || section === undefined)) continue
    declarations.set(name, { types, id, kind, target: typeId(types.record(id)[2] ?? 0), section, size })
  }
  return declarations
}

/**
 * The linkage of a VAR or FUNC.
 *
 * @throws LinkerError LINK_BAD_TYPES
 */
export function linkageOf(types: InputTypes, id: TypeId): (typeof LINKAGES)[number] {
  const record = types.record(id)
  const number = types.btf.kind(id) === 'func' ? vlenOf(record[1] ?? 0) : (record[TYPE_WORDS] ?? 0)
  const linkage = LINKAGES[number]
  if (linkage !== undefined) return linkage
  const object = types.btf.name
  const message = `${object}: cannot link its types: type ${id} has linkage ${number}, which is none`
  throw new LinkerError('LINK_BAD_TYPES', message, { object, section: '.BTF' })
}

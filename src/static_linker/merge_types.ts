import { typeId, type TypeId } from '../base/units.ts'
import { LINKAGES, TYPE_WORDS } from '../btf/format.ts'
import { infoWord, TypeList } from '../btf/type_list.ts'
import { wordPlaces } from '../btf/type_words.ts'
import { linkageOf } from './declarations.ts'
import type { GlobalSymbol, Occurrence } from './global_symbols.ts'
import type { InputObject } from './input_object.ts'
import { type InputTypes, textOf } from './input_types.ts'
import { leftOutTypes } from './left_out_types.ts'
import { LinkerError } from './linker_error.ts'

/** The types of all objects, one behind the other, without their DATASECs. */
export interface MergedTypes {
  readonly list: TypeList
  /** The id in `list`; 0 for void, and for types that are left out. */
  idOf(input: InputObject, id: TypeId): TypeId
}

/**
 * Puts the types of all objects into one list. What several objects declare of one global variable or function becomes one
 * VAR or FUNC, which says what the definition says; for what is left out, see left_out_types.ts.
 *
 * @throws LinkerError LINK_BAD_TYPES
 */
export function mergeTypes(
  inputs: readonly InputObject[],
  globals: ReadonlyMap<string, GlobalSymbol>,
): MergedTypes {
  const slots: Slot[] = []
  const ids = new Map<InputObject, Uint32Array>()
  const idsOfGlobals = new Map<GlobalSymbol, number>()
  for (const input of inputs) {
    if (input.types === undefined) continue
    ids.set(input, numberTypes({ input, types: input.types, globals }, slots, idsOfGlobals))
  }
  const list = new TypeList()
  for (const slot of slots) list.add(recordOf(slot, ids.get(slot.input) ?? new Uint32Array(), list))
  return { list, idOf: (input, id) => typeId(ids.get(input)?.[id] ?? 0) }
}

/** What becomes a type of the result; the first slot has id 1. */
interface Slot {
  readonly input: InputObject
  readonly types: InputTypes
  readonly id: TypeId
  /** For the VAR or FUNC of a global symbol: how it is linked in the result. */
  readonly linkage: (typeof LINKAGES)[number] | undefined
}

interface Numbering {
  readonly input: InputObject
  readonly types: InputTypes
  readonly globals: ReadonlyMap<string, GlobalSymbol>
}

/** Adds a slot for each type of one object that has none yet; gives the result's id by the object's. */
function numberTypes(
  { input, types, globals }: Numbering,
  slots: Slot[],
  idsOfGlobals: Map<GlobalSymbol, number>,
): Uint32Array {
  const ids = new Uint32Array(types.count + 1)
  const leftOut = leftOutTypes(input, types, globals)
  for (let number = 1; number <= types.count; number++) {
    const id = typeId(number)
    if (leftOut.has(id)) continue
    const global = globalOf(types, id, globals)
    const known = global && idsOfGlobals.get(global)
    const own = known ?? slots.push(slotOf({ input, types, id, linkage: undefined }, global))
    ids[number] = own
    if (global !== undefined) idsOfGlobals.set(global, own)
  }
  return ids
}

/** The global symbol that a VAR or FUNC belongs to. */
export function globalOf(
  types: InputTypes,
  id: TypeId,
  globals: ReadonlyMap<string, GlobalSymbol>,
): GlobalSymbol | undefined {
  const kind = types.btf.kind(id)
  if ((kind !== 'var' && kind !== 'func') || linkageOf(types, id) === 'static') return undefined
  return globals.get(textOf(types.nameOf(id)))
}

/** The definition's declaration is the one that counts, and without one the first. */
function slotOf(own: Slot, global: GlobalSymbol | undefined): Slot {
  if (global === undefined) return own
  const linkage = global.definition === undefined ? 'extern' : 'global'
  const isDeclared = ({ declaration }: Occurrence): boolean => declaration !== undefined
  const { definition, occurrences } = global
  const chosen = definition?.declaration === undefined ? occurrences.find(isDeclared) : definition
  if (chosen?.declaration === undefined) return { ...own, linkage }
  const { types, id } = chosen.declaration
  return { input: chosen.input, types, id, linkage }
}

function recordOf({ types, id, linkage }: Slot, ids: Uint32Array, list: TypeList): readonly number[] {
  const record = Array.from(types.record(id))
  const places = wordPlaces(record)
  for (const place of places.strings) {
    record[place] = list.strings.addBytes(types.string(record[place] ?? 0))
  }
  for (const place of places.types) {
    const target = record[place] ?? 0
    const mapped = ids[target] ?? 0
    if (mapped === 0 && target !== 0) throw refersToLeftOut(types, id, target)
    record[place] = mapped
  }
  if (linkage === undefined) return record
  if (types.btf.kind(id) === 'func') record[1] = infoWord('func', LINKAGES.indexOf(linkage))
  else record[TYPE_WORDS] = LINKAGES.indexOf(linkage)
  return record
}

function refersToLeftOut(types: InputTypes, id: TypeId, target: number): LinkerError {
  const object = types.btf.name
  const kind = types.btf.kind(typeId(target))
  const message =
    `${object}: cannot link its types: type ${id} (${types.btf.kind(id)}) refers to type ${target}, a ${kind} that is ` +
    'not linked; build the object again'
  return new LinkerError('LINK_BAD_TYPES', message, { object, section: '.BTF' })
}

import { typeId, type TypeId } from '../base/units.ts'
import { wordPlaces } from '../btf/type_words.ts'
import { linkageOf } from './declarations.ts'
import type { GlobalSymbol } from './global_symbols.ts'
import type { InputObject } from './input_object.ts'
import { type InputTypes, textOf } from './input_types.ts'

/**
 * The types of an object that are not taken over:
 *
 * - DATASECs: those of the result are others, and are made anew.
 * - Global and extern variables and functions to which no symbol belongs. They are in a section that is not linked.
 * - The FUNC_PROTO of an extern function that another object declares too: it has no names of parameters, and would be left
 *   over beside the definition's.
 * - Tags of any of these.
 */
export function leftOutTypes(
  input: InputObject,
  types: InputTypes,
  globals: ReadonlyMap<string, GlobalSymbol>,
): ReadonlySet<TypeId> {
  const leftOut = new Set<TypeId>(replacedProtos(input, types, globals))
  const tags: TypeId[] = []
  for (let number = 1; number <= types.count; number++) {
    const id = typeId(number)
    const kind = types.btf.kind(id)
    if (kind === 'datasec') leftOut.add(id)
    else if (kind === 'decl_tag') tags.push(id)
    else if ((kind === 'var' || kind === 'func') && linkageOf(types, id) !== 'static') {
      if (!globals.has(textOf(types.nameOf(id)))) leftOut.add(id)
    }
  }
  for (const id of tags) if (leftOut.has(typeId(types.record(id)[2] ?? 0))) leftOut.add(id)
  return leftOut
}

function replacedProtos(
  input: InputObject,
  types: InputTypes,
  globals: ReadonlyMap<string, GlobalSymbol>,
): readonly TypeId[] {
  const replaced = [...input.declarations].filter(([name, { kind }]) => {
    const definition = globals.get(name)?.definition
    return kind === 'func' && definition?.declaration !== undefined && definition.input !== input
  })
  if (replaced.length === 0) return []
  const references = countReferences(types)
  return replaced
    .map(([, { target }]) => target)
    .filter((id) => types.btf.kind(id) === 'func_proto' && references[id] === 1)
}

function countReferences(types: InputTypes): Uint32Array {
  const counts = new Uint32Array(types.count + 1)
  for (let id = 1; id <= types.count; id++) {
    const record = types.record(typeId(id))
    for (const place of wordPlaces(record).types) {
      const target = record[place] ?? 0
      counts[target] = (counts[target] ?? 0) + 1
    }
  }
  return counts
}

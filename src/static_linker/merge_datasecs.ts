import type { TypeId } from '../base/units.ts'
import { infoWord, type TypeList } from '../btf/type_list.ts'
import type { InputDatasec } from './declarations.ts'
import type { GlobalSymbol } from './global_symbols.ts'
import type { InputObject } from './input_object.ts'
import { LinkerError } from './linker_error.ts'
import { globalOf, type MergedTypes } from './merge_types.ts'
import type { Layout, Placement } from './output_sections.ts'

/** A DATASEC of the result. */
interface OpenDatasec {
  readonly name: string
  /** Bytes; 0 for a section that exists in BTF alone, such as `.kconfig`. */
  readonly size: number
  readonly entries: { readonly type: TypeId; readonly offset: number; readonly size: number }[]
}

/**
 * Adds the DATASECs of the result to `merged.list`: the sections in their order, then those that BTF alone knows (`.kconfig`,
 * `.ksyms`). Sizes are the sections', and variables are where their symbols are, which clang leaves to the loader; each is
 * there once, in the section of its definition.
 *
 * @throws LinkerError LINK_BAD_SYMBOL for a static variable beyond what BTF can say
 */
export function addDatasecs(
  merged: MergedTypes,
  inputs: readonly InputObject[],
  layout: Layout,
  globals: ReadonlyMap<string, GlobalSymbol>,
): void {
  const datasecs = new Map<string, OpenDatasec>()
  const listed = new Set<GlobalSymbol>()
  for (const input of inputs) {
    for (const datasec of input.datasecs) {
      const placement = layout.placementNamed(input, datasec.name)
      if (placement?.contents === 'copy') continue
      const known = datasecs.get(datasec.name)
      const size = layout.sectionNamed(datasec.name)?.size ?? 0
      const open = known ?? { name: datasec.name, size, entries: [] }
      datasecs.set(datasec.name, open)
      addEntries({ merged, globals, listed, input, datasec, placement }, open)
    }
  }
  const place = ({ name }: OpenDatasec): number => layout.sectionNamed(name)?.index ?? Infinity
  const sorted = [...datasecs.values()].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
  for (const datasec of sorted) write(merged.list, datasec)
}

interface Source {
  readonly merged: MergedTypes
  readonly globals: ReadonlyMap<string, GlobalSymbol>
  /** The global symbols that are in a DATASEC already. */
  readonly listed: Set<GlobalSymbol>
  readonly input: InputObject
  readonly datasec: InputDatasec
  /** Undefined where the object has no such section. */
  readonly placement: Placement | undefined
}

function addEntries(
  { merged, globals, listed, input, datasec, placement }: Source,
  { entries }: OpenDatasec,
): void {
  const { types } = input
  if (types === undefined) return
  for (const { type, offset, size } of datasec.variables) {
    const id = merged.idOf(input, type)
    if (id === 0) continue
    const global = globalOf(types, type, globals)
    if (global === undefined) {
      entries.push({
        type: id,
        offset: checkedOffset(input, datasec, (placement?.offset ?? 0) + offset),
        size,
      })
      continue
    }
    const { definition } = global
    if (listed.has(global) || (definition !== undefined && definition.input !== input)) continue
    listed.add(global)
    const base = definition?.placement?.offset ?? 0
    entries.push({ type: id, offset: base + Number(definition?.symbol.value ?? 0), size })
  }
}

function checkedOffset(
  { name: object }: InputObject,
  { name: section }: InputDatasec,
  offset: number,
): number {
  if (offset <= 0xffff_ffff) return offset
  const message = `${object}: cannot link it: a variable of section ${section} would be at byte ${offset}, which BTF cannot say`
  throw new LinkerError('LINK_BAD_SYMBOL', message, { object, section })
}

/** In the order of places, as the kernel wants them. */
function write(list: TypeList, { name, size, entries }: OpenDatasec): void {
  const sorted = [...entries].sort((a, b) => a.offset - b.offset)
  const words = sorted.flatMap(({ type, offset, size: bytes }) => [type, offset, bytes])
  list.add([list.strings.add(name), infoWord('datasec', sorted.length), size, ...words])
}
